import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListProductsRequest, Product } from '@tradewind/proto/inventory/v1/inventory';
import { admin, startInventoryApp, type InventoryApp } from './inventory-app.ts';

let app: InventoryApp;
const catalogue: Product[] = [];
beforeAll(async () => {
  app = await startInventoryApp();
  for (let i = 0; i < 24; i += 1) {
    catalogue.push(
      await app.product({
        sku: `LIST-${i}`,
        name: `${i % 2 === 0 ? 'Lamp' : 'Chair'} ${String(i % 5)}`,
        description: i % 6 === 0 ? 'made of walnut' : 'plain',
        category: i % 3 === 0 ? 'lights' : 'seats',
        price: { currency: 'EUR', amount: (i % 4) * 100 },
        initialStock: i % 2,
      }),
    );
  }
  const gone = await app.product({ name: 'Lamp archived', category: 'lights' });
  await app.products.deleteProduct({ id: gone.id }, admin);
});
afterAll(() => app[Symbol.asyncDispose]());

const request = (change: Partial<ListProductsRequest> = {}): ListProductsRequest => ({
  ...{ pageSize: 100, pageToken: '', offset: 0, query: '', category: '', minPrice: undefined },
  ...{ maxPrice: undefined, sort: 'SORT_UNSPECIFIED', inStockOnly: false },
  ...change,
});
const list = (change: Partial<ListProductsRequest> = {}) => app.products.listProducts(request(change));
const idsOf = (products: readonly Product[]) => products.map(({ id }) => id);
const amountOf = ({ price }: Product) => price?.amount ?? NaN;

/** Every page, and what happens between two of them. */
async function pages(change: Partial<ListProductsRequest>, between = async () => {}): Promise<Product[]> {
  const all: Product[] = [];
  let pageToken = '';
  do {
    const page = await list({ pageSize: 5, ...change, pageToken });
    all.push(...page.products);
    pageToken = page.nextPageToken;
    await between();
  } while (pageToken !== '');
  return all;
}

describe('filters', () => {
  test.each<[string, Partial<ListProductsRequest>, (product: Product) => boolean]>([
    ['none', {}, () => true],
    ['category', { category: 'lights' }, ({ category }) => category === 'lights'],
    ['lowest price', { minPrice: 200 }, (product) => amountOf(product) >= 200],
    ['highest price', { maxPrice: 100 }, (product) => amountOf(product) <= 100],
    ['a price of zero', { maxPrice: 0 }, (product) => amountOf(product) === 0],
    ['in stock', { inStockOnly: true }, ({ onHand }) => onHand > 0],
    ['words of the name', { query: 'lamp' }, ({ name }) => name.startsWith('Lamp')],
    ['words of the description', { query: ' walnut ' }, ({ description }) => description.includes('walnut')],
    [
      'all together',
      { category: 'seats', minPrice: 100, maxPrice: 200, inStockOnly: true, query: 'chair' },
      ({ category, name, onHand, ...product }) =>
        category === 'seats' &&
        name.startsWith('Chair') &&
        onHand > 0 &&
        [100, 200].includes(product.price?.amount ?? 0),
    ],
  ])('%s', async (_, filter, fits) => {
    const { products, nextPageToken } = await list(filter);
    expect(idsOf(products).sort()).toEqual(idsOf(catalogue.filter(fits)).sort());
    expect(nextPageToken).toBe('');
  });

  test('a sku is found by its words', async () => {
    expect((await list({ query: '"LIST-7"' })).products.map(({ sku }) => sku)).toContain('LIST-7');
  });
});

describe('sorts, in pages', () => {
  const byId = (a: Product, b: Product) => (a.id < b.id ? -1 : 1);
  const sorts = [
    ['SORT_UNSPECIFIED', (a: Product, b: Product) => byId(b, a)],
    ['SORT_NEWEST', (a: Product, b: Product) => byId(b, a)],
    ['SORT_PRICE_ASC', (a: Product, b: Product) => amountOf(a) - amountOf(b) || byId(a, b)],
    ['SORT_PRICE_DESC', (a: Product, b: Product) => amountOf(b) - amountOf(a) || byId(b, a)],
    ['SORT_NAME', (a: Product, b: Product) => (a.name < b.name ? -1 : a.name > b.name ? 1 : byId(a, b))],
  ] as const;

  test.each(sorts)('%s', async (sort, compare) => {
    expect(idsOf(await pages({ sort }))).toEqual(idsOf(catalogue.toSorted(compare)));
    const lights = catalogue.filter(({ category }) => category === 'lights').toSorted(compare);
    expect(idsOf(await pages({ sort, category: 'lights' }))).toEqual(idsOf(lights));
    const words = catalogue.filter(({ name }) => name.startsWith('Lamp'));
    expect(idsOf(await pages({ sort, query: 'lamp' })).sort()).toEqual(idsOf(words).sort());
  });

  test.each(sorts)('%s has no gap and no repeat while products come in', async (sort) => {
    const category = `moving ${sort}`;
    const create = (i: number) =>
      app.product({ category, name: `N ${i % 3}`, price: { currency: 'EUR', amount: i % 3 } });
    const before = await Promise.all(Array.from({ length: 11 }, (_, i) => create(i)));
    let count = 0;
    const seen = idsOf(
      await pages({ sort, category, pageSize: 2 }, async () => {
        count += 1;
        if (count <= 8) await create(count);
      }),
    );
    expect(new Set(seen).size).toBe(seen.length);
    expect(new Set(idsOf(before)).isSubsetOf(new Set(seen))).toBe(true);
  });

  test('the best matches come first where words are asked for', async () => {
    await app.product({ name: 'Plain box', category: 'match', description: 'holds a zither' });
    await app.product({ name: 'Zither zither', category: 'match', description: 'zither' });
    const { products } = await list({ query: 'zither' });
    expect(products.map(({ name }) => name)).toEqual(['Zither zither', 'Plain box']);
  });
});

describe('offset', () => {
  test('skips rows, and the token goes on from there', async () => {
    const all = idsOf((await list({ category: 'seats' })).products);
    const page = await list({ category: 'seats', offset: 3, pageSize: 4 });
    expect(idsOf(page.products)).toEqual(all.slice(3, 7));
    const next = await list({ category: 'seats', pageSize: 4, pageToken: page.nextPageToken });
    expect(idsOf(next.products)).toEqual(all.slice(7, 11));
  });

  test.each([
    [{ offset: -1 }, 'offset'],
    [{ offset: 10_001 }, 'offset'],
    [{ offset: 1, pageToken: 'WyJ4Il0' }, 'offset'],
    [{ pageSize: -1 }, 'page_size'],
    [{ pageSize: 101 }, 'page_size'],
    [{ pageToken: 'not a token' }, 'page_token'],
    [{ pageToken: 'e30' }, 'page_token'],
    [{ pageToken: Buffer.from('[{"$gt":""}]').toString('base64url') }, 'page_token'],
    [
      { pageToken: Buffer.from('["x"]').toString('base64url'), sort: 'SORT_PRICE_ASC' as const },
      'page_token',
    ],
    [{ pageToken: Buffer.from('[-1]').toString('base64url'), query: 'lamp' }, 'page_token'],
    [{ pageToken: Buffer.from('[1.5]').toString('base64url'), query: 'lamp' }, 'page_token'],
  ])('and page token are checked: %j', async (change, field) => {
    await expect(list(change)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', fields: [{ field }] });
  });
});

describe('indexes', () => {
  test('a page deep in the catalogue reads about as many keys as it has rows', async () => {
    const { products } = app.collections;
    await products.insertMany(
      Array.from({ length: 2_000 }, (_, i) => ({
        _id: `bulk-${String(i).padStart(5, '0')}`,
        ...{ sku: `BULK-${i}`, name: `Bulk ${String(i).padStart(5, '0')}`, description: '', attributes: {} },
        ...{ category: 'bulk', price: { currency: 'EUR', amount: i }, ownerId: 'root', archived: false },
        ...{ version: 1, onHand: 1, sequence: 0, createdAt: new Date(), updatedAt: new Date() },
      })),
    );
    const db = products.db;
    const keysRead = async (command: object) => {
      const { executionStats } = await db.command({
        explain: { find: 'products', limit: 21, ...command },
        verbosity: 'executionStats',
      });
      return (executionStats as { totalKeysExamined: number }).totalKeysExamined;
    };
    await db.setProfilingLevel('all');
    for (const sort of ['SORT_NEWEST', 'SORT_PRICE_ASC', 'SORT_PRICE_DESC', 'SORT_NAME'] as const) {
      await pages({ sort, category: 'bulk', pageSize: 100 });
      await pages({ sort, pageSize: 100 });
    }
    await db.setProfilingLevel('off');
    const profiled = await db
      .collection<{ command: { find?: string; filter: object; sort: object } }>('system.profile')
      .find({ 'command.find': 'products', 'command.sort': { $exists: true } })
      .toArray();
    expect(profiled.length).toBeGreaterThan(100);
    for (const { command } of profiled) {
      const { filter, sort } = command;
      expect({ filter, keys: await keysRead({ filter, sort }) }).toMatchObject({
        keys: expect.toSatisfy((keys: number) => keys <= 60) as number,
      });
    }
  });
});
