import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin, as, productOf, startInventoryApp, updateOf, type InventoryApp } from './inventory-app.ts';

let app: InventoryApp;
let ada: { readonly token: string };
beforeAll(async () => {
  app = await startInventoryApp();
  ada = await as('ada', 'merchant');
});
afterAll(() => app[Symbol.asyncDispose]());

const read = (id: string) => app.products.getProductById({ id });

describe('whose product it is', () => {
  test('a merchant creates products, and is their owner', async () => {
    const product = await app.products.createProduct(productOf({ initialStock: 7 }), ada);
    expect(product).toMatchObject({
      ownerId: 'ada',
      version: 1,
      onHand: 7,
      levelVersion: 1,
      archived: false,
    });
    expect(await read(product.id)).toEqual(product);
  });

  test('a customer creates none', async () => {
    const refused = app.products.createProduct(productOf(), await as('carl'));
    await expect(refused).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('only the owner and admins change and archive it', async () => {
    const { id } = await app.products.createProduct(productOf(), ada);
    for (const other of [await as('mallory', 'merchant'), await as('ada', 'customer')]) {
      const refused = { code: 'PERMISSION_DENIED' };
      await expect(app.products.updateProduct(updateOf(id, { name: 'Mine' }), other)).rejects.toMatchObject(
        refused,
      );
      await expect(app.products.deleteProduct({ id }, other)).rejects.toMatchObject(refused);
    }
    expect((await app.products.updateProduct(updateOf(id, { name: 'By Ada' }), ada)).name).toBe('By Ada');
    expect((await app.products.updateProduct(updateOf(id, { name: 'By root' }), admin)).name).toBe('By root');
  });
});

describe('a sku', () => {
  test('is taken by one of 20 who ask at once, and the others hear it soon', async () => {
    const sku = 'WANTED-1';
    const startedAt = performance.now();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => app.product({ sku, initialStock: 3 })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'ALREADY_EXISTS', fields: [{ field: 'sku' }] });
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(await app.collections.movements.countDocuments({ source: { $exists: true }, quantity: 3 })).toBe(
      1,
    );
  });
});

describe('changing', () => {
  test('what is read next is the change, although the product was cached', async () => {
    const { id } = await app.product();
    for (let turn = 1; turn <= 20; turn += 1) {
      await read(id);
      await app.products.updateProduct(updateOf(id, { name: `Name ${turn}` }), admin);
      expect((await read(id)).name).toBe(`Name ${turn}`);
    }
  });

  test('raises the version, and never touches stock', async () => {
    const { id } = await app.product({ initialStock: 4 });
    const price = { currency: 'USD', amount: 5 };
    const changed = await app.products.updateProduct(
      updateOf(id, { price, attributes: { values: { colour: 'red' } } }),
      admin,
    );
    expect(changed).toMatchObject({
      version: 2,
      onHand: 4,
      levelVersion: 1,
      price,
      attributes: { colour: 'red' },
    });
  });

  test('an expected version that is gone is a conflict that names the present one', async () => {
    const { id } = await app.product();
    await app.products.updateProduct(updateOf(id, { name: 'Second', expectedVersion: 1 }), admin);
    await expect(
      app.products.updateProduct(updateOf(id, { name: 'Third', expectedVersion: 1 }), admin),
    ).rejects.toMatchObject({ code: 'VERSION_CONFLICT', details: { version: 2 } });
  });

  test('of ten writers at once each writes, and of ten who expect a version one does', async () => {
    const { id } = await app.product();
    const write = (expectedVersion: number | undefined) =>
      Promise.allSettled(
        Array.from({ length: 10 }, (_, i) =>
          app.products.updateProduct(updateOf(id, { name: `Name ${i}`, expectedVersion }), admin),
        ),
      );
    expect((await write(undefined)).filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect((await write(11)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await read(id)).version).toBe(12);
  });

  test('an archived product is gone for readers of the catalogue, and known to services', async () => {
    const { id, sku } = await app.product();
    await read(id);
    await app.products.deleteProduct({ id }, admin);
    await app.products.deleteProduct({ id }, admin);
    await expect(read(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(app.products.updateProduct(updateOf(id, { name: 'x' }), admin)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const { products } = await app.products.getProducts({ ids: [], skus: [sku] });
    expect(products).toMatchObject([{ id, archived: true, version: 2 }]);
  });
});

describe('what a product may hold', () => {
  test('attributes with dots and dollar signs come back as they were', async () => {
    const attributes = { 'screen.size': '6.1', $price: '1', constructor: 'x', 'größe ': 'ü', empty: '' };
    const { id } = await app.product({ attributes });
    expect((await read(id)).attributes).toEqual(attributes);
    const values = { 'a.b': '$c', $literal: '$$ROOT' };
    await app.products.updateProduct(updateOf(id, { attributes: { values } }), admin);
    expect((await app.products.getProducts({ ids: [id], skus: [] })).products[0]?.attributes).toEqual(values);
  });

  test.each([
    ['sku', { sku: '' }],
    ['sku', { sku: 'with space' }],
    ['sku', { sku: '$gt' }],
    ['sku', { sku: 'a\0b' }],
    ['name', { name: '  ' }],
    ['name', { name: 'a\0b' }],
    ['name', { name: 'x'.repeat(301) }],
    ['description', { description: 'bell \u0007' }],
    ['category', { category: '' }],
    ['price', { price: undefined }],
    ['price.currency', { price: { currency: 'EURO', amount: 1 } }],
    ['price.amount', { price: { currency: 'EUR', amount: -1 } }],
    ['initial_stock', { initialStock: -1 }],
    ['attributes', { attributes: { 'a\0b': 'x' } }],
    ['attributes', { attributes: { '': 'x' } }],
    ['attributes.key', { attributes: { key: 'a\0b' } }],
    ['attributes', { attributes: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])) }],
  ])('a wrong %s is refused by its name: %j', async (field, details) => {
    await expect(app.product(details)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field }],
    });
  });
});

test('GetProducts finds by id and by sku, and leaves out what is not there', async () => {
  const [one, two] = [await app.product(), await app.product()];
  const { products } = await app.products.getProducts({
    ids: [one.id, 'nobody'],
    skus: [two.sku, 'nothing'],
  });
  expect(new Set(products.map(({ id }) => id))).toEqual(new Set([one.id, two.id]));
  for (const ids of [[], Array.from({ length: 101 }, (_, i) => String(i))]) {
    await expect(app.products.getProducts({ ids, skus: [] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field: 'ids' }],
    });
  }
});
