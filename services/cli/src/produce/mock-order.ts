import type { OrderLine } from '../api/types.ts';

const maxLines = 3;
const maxQuantity = 3;

/** One to three different products, one to three units each; which ones follows from `random` alone. */
export function mockOrder(productIds: readonly string[], random: () => number): readonly OrderLine[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const lines = Math.min(productIds.length, 1 + below(maxLines));
  const chosen = new Set<string>();
  while (chosen.size < lines) chosen.add(productIds[below(productIds.length)] ?? '');
  return [...chosen].map((product_id) => ({ product_id, quantity: 1 + below(maxQuantity) }));
}
