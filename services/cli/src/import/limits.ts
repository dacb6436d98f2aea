/** What the platform takes of a product: characters, unless said otherwise. */
export const limits = {
  sku: 64,
  name: 300,
  description: 20_000,
  category: 100,
  /** How many. */
  attributes: 50,
  attributeName: 64,
  attributeValue: 500,
  /** Units. */
  stock: 1_000_000_000,
} as const;
