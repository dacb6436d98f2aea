import type { ListProductsRequest, Product } from '@tradewind/proto/inventory/v1/inventory';
import { expect, test, vi } from 'vitest';
import { product } from '../tests/fixtures.ts';
import { createPageCache } from './page-cache.ts';

const query: ListProductsRequest = {
  pageSize: 20,
  pageToken: '',
  offset: 0,
  query: '',
  category: '',
  minPrice: undefined,
  maxPrice: undefined,
  sort: 'SORT_UNSPECIFIED',
  inStockOnly: false,
};

function catalogue(...stored: Product[]) {
  const read = vi.fn(() => Promise.resolve({ products: [...stored], nextPageToken: '' }));
  let now = 1_000;
  const pages = createPageCache(read, () => now);
  pages.resume();
  const get = async (asked = query) =>
    JSON.parse((await pages.get(asked)).toString()) as { items: unknown[] };
  const pass = (ms: number) => {
    now += ms;
  };
  return { stored, read, pages, get, pass };
}

test('a page is read once, however many ask at once and soon after', async () => {
  const { read, get } = catalogue(product());
  const answers = [...(await Promise.all([get(), get()])), await get()];
  for (const { items } of answers) expect(items).toHaveLength(1);
  expect(read).toHaveBeenCalledTimes(1);
});

test('every query has a page of its own', async () => {
  const { read, get } = catalogue(product());
  await get();
  await get({ ...query, category: 'laptops' });
  expect(read).toHaveBeenCalledTimes(2);
});

test('a page is read again after five seconds', async () => {
  const { read, get, pass } = catalogue(product());
  await get();
  pass(5_000);
  await get();
  expect(read).toHaveBeenCalledTimes(1);
  pass(1);
  await get();
  expect(read).toHaveBeenCalledTimes(2);
});

test('a change of any product ends all pages, since it may belong there now', async () => {
  const { stored, pages, get } = catalogue(product());
  await get();
  stored.push(product({ id: 'p2' }));
  pages.changed('p2', { version: 1 });
  expect((await get()).items).toHaveLength(2);
});

test('a change of stock ends the pages that show an older level, and no others', async () => {
  const { read, pages, get } = catalogue(product({ id: 'p1', levelVersion: 3 }));
  await get();
  pages.changed('p1', { level: 3 });
  pages.changed('p2', { level: 9 });
  await get();
  expect(read).toHaveBeenCalledTimes(1);
  pages.changed('p1', { level: 4 });
  await get();
  expect(read).toHaveBeenCalledTimes(2);
});

test('a change of any stock ends the pages of what is in stock', async () => {
  const { read, pages, get } = catalogue(product({ id: 'p1' }));
  const inStock = { ...query, inStockOnly: true };
  await get(inStock);
  pages.changed('p2', { level: 9 });
  await get(inStock);
  expect(read).toHaveBeenCalledTimes(2);
});

test.each([
  ['the product', { version: 2 }],
  ['its stock', { level: 2 }],
  ['what is not known', {}],
])(
  'a read that a change of %s overtakes is not kept, and answers nobody who comes later',
  async (_, reached) => {
    const { read, pages, get } = catalogue(product({ version: 1, levelVersion: 1 }));
    const early = get();
    pages.changed('p1', reached);
    await Promise.all([early, get()]);
    expect(read).toHaveBeenCalledTimes(2);
    await get();
    // The stored product still has its old level, which is never kept once a newer one was heard of.
    expect(read).toHaveBeenCalledTimes('level' in reached ? 3 : 2);
  },
);

test('nothing is kept while changes may be missed, nor what was read across such a time', async () => {
  const { read, pages, get } = catalogue(product());
  const early = get();
  pages.suspend();
  pages.resume();
  await early;
  pages.suspend();
  await get();
  await get();
  expect(read).toHaveBeenCalledTimes(3);
});
