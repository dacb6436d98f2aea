/** What the order service knows of a product: enough to price it, also while inventory is down. */
export interface CatalogueProduct {
  readonly id: string;
  readonly version: number;
  readonly sku: string;
  readonly name: string;
  readonly currency: string;
  /** In minor units. */
  readonly unitPrice: number;
  readonly archived: boolean;
}
