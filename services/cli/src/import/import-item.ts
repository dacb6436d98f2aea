import { TradewindError } from '@tradewind/shared/errors';
import type { ApiClient } from '../api/client.ts';
import type { Product, StockAnswer } from '../api/types.ts';
import type { CatalogueItem } from './item.ts';
import { productChanges, productFields, stockChange } from './plan.ts';

export interface ImportItemOptions {
  readonly source: string;
  readonly setStock: boolean;
  readonly newId: () => string;
}

export interface ImportedItem {
  readonly product: 'checked' | 'created' | 'updated' | 'unchanged';
  readonly stockMoved: boolean;
  readonly warning?: string;
}

type Api = Pick<
  ApiClient,
  'createProduct' | 'findProductBySku' | 'updateProduct' | 'changeStock' | 'lastMovement'
>;

/** Makes the platform hold the item; a repeat changes nothing. */
export async function importItem(
  api: Api,
  item: CatalogueItem,
  options: ImportItemOptions,
): Promise<ImportedItem> {
  const { product, outcome } = await putProduct(api, item);
  const plan = stockChange(item, options);
  if (!plan) return { product: outcome, stockMoved: false };
  try {
    const answer = await api.changeStock(product.id, plan.change, plan.key, plan.reason);
    return {
      product: outcome,
      stockMoved: outcome === 'created' || (await isNewMovement(api, product, answer)),
    };
  } catch (error) {
    if (!(error instanceof TradewindError) || error.code !== 'IDEMPOTENCY_KEY_REUSED') throw error;
    const warning = `the file now says ${String(item.stock)} in stock, another number than before: stock unchanged, use --set-stock`;
    return { product: outcome, stockMoved: false, warning };
  }
}

async function putProduct(api: Api, item: CatalogueItem) {
  const created = await createUnlessThere(api, item);
  if (created) return { product: created, outcome: 'created' as const };
  const product = await api.findProductBySku(item.sku);
  if (!product || product.archived) {
    throw new TradewindError('ALREADY_EXISTS', `the sku "${item.sku}" belongs to a product that was deleted`);
  }
  const changes = productChanges(product, item);
  if (!changes) return { product, outcome: 'unchanged' as const };
  return { product: await api.updateProduct(product.id, changes), outcome: 'updated' as const };
}

async function createUnlessThere(api: Api, item: CatalogueItem): Promise<Product | undefined> {
  try {
    return await api.createProduct(productFields(item));
  } catch (error) {
    if (error instanceof TradewindError && error.code === 'ALREADY_EXISTS') return undefined;
    throw error;
  }
}

/**
 * Whether the answer is about a movement of now: a repeated key answers with its first one. That one's balance seldom
 * follows from what was on hand before the call; where it does (all was sold since), the ledger's newest row tells.
 */
async function isNewMovement(api: Api, before: Product, { movement }: StockAnswer): Promise<boolean> {
  if (movement?.balance !== before.on_hand + (movement?.quantity ?? 0)) return false;
  return (await api.lastMovement(before.id))?.sequence === movement.sequence;
}
