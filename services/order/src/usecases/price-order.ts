import { TradewindError } from '@tradewind/shared/errors';
import type { CatalogueProduct } from '../domain/catalogue.ts';
import { totalOf, type Line, type Money, type OrderItem } from '../domain/order.ts';

export interface PriceOrderDeps {
  /** The service's own read model. */
  readonly catalogue: {
    find: (ids: readonly string[]) => Promise<ReadonlyMap<string, CatalogueProduct>>;
    /** Keeps the products whose version is higher than what is there. */
    apply: (products: readonly CatalogueProduct[]) => Promise<void>;
  };
  /** Asks inventory itself. @throws TradewindError UNAVAILABLE while it is down */
  readonly fetchProducts: (
    ids: readonly string[],
    signal: AbortSignal,
  ) => Promise<readonly CatalogueProduct[]>;
}

export interface PricedOrder {
  readonly items: readonly OrderItem[];
  readonly total: Money;
}

export type PriceOrder = (
  lines: readonly Line[],
  expected: Money | undefined,
  signal: AbortSignal,
) => Promise<PricedOrder>;

/**
 * Prices lines from the read model, so that orders are taken while inventory is down. Inventory is asked once, for all of
 * the lines, when the read model cannot price one or when the client believes in another total.
 */
export function priceOrder({ catalogue, fetchProducts }: PriceOrderDeps): PriceOrder {
  return async (lines, expected, signal) => {
    const ids = lines.map(({ productId }) => productId);
    const priced = tryPrice(lines, await catalogue.find(ids));
    if (priced && isExpected(priced.total, expected)) return priced;
    const fresh = await fetchProducts(ids, signal);
    await catalogue.apply(fresh);
    return agreed(price(lines, new Map(fresh.map((product) => [product.id, product]))), expected);
  };
}

/** What the read model cannot price (unknown, archived, several currencies) may only be stale there: inventory knows. */
function tryPrice(
  lines: readonly Line[],
  products: ReadonlyMap<string, CatalogueProduct>,
): PricedOrder | undefined {
  try {
    return price(lines, products);
  } catch (error) {
    if (error instanceof TradewindError) return undefined;
    throw error;
  }
}

function price(lines: readonly Line[], products: ReadonlyMap<string, CatalogueProduct>): PricedOrder {
  const priced = lines.map(({ productId, quantity }, index) => {
    const product = products.get(productId);
    if (!product || product.archived) {
      throw new TradewindError('NOT_FOUND', `there is no product ${productId}`, {
        fields: [{ field: `items[${index}].product_id`, message: 'is not a product on sale' }],
      });
    }
    const { sku, name, unitPrice, version: productVersion, currency } = product;
    return { item: { productId, quantity, sku, name, unitPrice, productVersion }, currency };
  });
  const items = priced.map(({ item }) => item);
  return {
    items,
    total: totalOf(
      items,
      priced.map(({ currency }) => currency),
    ),
  };
}

const isExpected = (total: Money, expected: Money | undefined): boolean =>
  !expected || (expected.currency === total.currency && expected.amount === total.amount);

function agreed(priced: PricedOrder, expected: Money | undefined): PricedOrder {
  if (isExpected(priced.total, expected)) return priced;
  const { amount, currency } = priced.total;
  throw new TradewindError('TOTAL_MISMATCH', `the order costs ${amount} ${currency} in minor units`, {
    fields: [{ field: 'total', message: `is not ${amount} ${currency} in minor units` }],
    details: { total: priced.total },
  });
}
