import { describe, expect, test } from 'vitest';
import { TradewindError, unavailable } from '@tradewind/shared/errors';
import type { CatalogueProduct } from '../domain/catalogue.ts';
import type { Money } from '../domain/order.ts';
import { priceOrder } from './price-order.ts';

const product = (
  id: string,
  unitPrice: number,
  change: Partial<CatalogueProduct> = {},
): CatalogueProduct => ({
  ...{ id, version: 1, sku: `SKU ${id}`, name: id, currency: 'EUR', unitPrice, archived: false },
  ...change,
});
const euros = (amount: number): Money => ({ currency: 'EUR', amount });

/** Prices one unit of each product from what is known here and, when asked, in inventory. */
async function price(
  { here = [], inventory }: { here?: CatalogueProduct[]; inventory?: CatalogueProduct[] },
  ids: readonly string[],
  expected?: Money,
) {
  const asked: (readonly string[])[] = [];
  const applied: CatalogueProduct[] = [];
  const run = priceOrder({
    catalogue: {
      find: (wanted) =>
        Promise.resolve(
          new Map(here.filter(({ id }) => wanted.includes(id)).map((known) => [known.id, known])),
        ),
      apply: (products) => {
        applied.push(...products);
        return Promise.resolve();
      },
    },
    fetchProducts: (wanted) => {
      asked.push(wanted);
      if (!inventory) return Promise.reject(unavailable('inventory'));
      return Promise.resolve(inventory.filter(({ id }) => wanted.includes(id)));
    },
  });
  const lines = ids.map((productId) => ({ productId, quantity: 1 }));
  const result = await run(lines, expected, new AbortController().signal).catch((error: unknown) => error);
  return { result, asked, applied };
}

describe('an order of known products', () => {
  test('is priced without inventory, and records the version', async () => {
    const { result, asked } = await price({ here: [product('a', 5, { version: 7 })] }, ['a'], euros(5));
    expect(result).toMatchObject({ items: [{ unitPrice: 5, productVersion: 7 }], total: euros(5) });
    expect(asked).toEqual([]);
  });

  test.each<[string, CatalogueProduct]>([
    ['has another price', product('a', 5)],
    ['is archived', product('a', 9, { archived: true })],
    ['has another currency', product('a', 9, { currency: 'USD' })],
  ])('asks inventory once when one %s here than the client believes', async (_, stale) => {
    const inventory = [product('a', 9, { version: 2 }), product('b', 1)];
    const { result, asked, applied } = await price(
      { here: [stale, product('b', 1)], inventory },
      ['a', 'b'],
      euros(10),
    );
    expect(result).toMatchObject({ total: euros(10) });
    expect(asked).toEqual([['a', 'b']]);
    expect(applied).toEqual(inventory);
  });

  test('with a total that is wrong everywhere is refused with the right one', async () => {
    const { result, asked } = await price(
      { here: [product('a', 5)], inventory: [product('a', 5)] },
      ['a'],
      euros(4),
    );
    expect(result).toMatchObject({ code: 'TOTAL_MISMATCH', details: { total: euros(5) } });
    expect(asked).toHaveLength(1);
  });
});

describe('an order with a product that is not known here', () => {
  test('is priced by inventory, also where another one is stale here', async () => {
    const inventory = [product('a', 9), product('b', 1)];
    const { result } = await price({ here: [product('a', 5)], inventory }, ['a', 'b'], euros(10));
    expect(result).toMatchObject({ total: euros(10) });
  });

  test('is refused by the name of its line when inventory does not know it either', async () => {
    const { result } = await price({ here: [product('a', 5)], inventory: [product('a', 5)] }, ['a', 'b']);
    expect(result).toBeInstanceOf(TradewindError);
    expect(result).toMatchObject({ code: 'NOT_FOUND', fields: [{ field: 'items[1].product_id' }] });
  });

  test('is unavailable, not unknown, while inventory is down', async () => {
    expect((await price({}, ['a'])).result).toMatchObject({ code: 'UNAVAILABLE' });
  });
});
