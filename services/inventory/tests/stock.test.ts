import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AdjustStockRequest, DecreaseStockRequest } from '@tradewind/proto/inventory/v1/inventory';
import { admin, as, startInventoryApp, type InventoryApp } from './inventory-app.ts';

let app: InventoryApp;
beforeAll(async () => {
  app = await startInventoryApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const otherAdmin = await as('other root', 'admin');

let keys = 0;
type Change = NonNullable<AdjustStockRequest['change']>;
const adjustment = (
  productId: string,
  change: Change | undefined,
  idempotencyKey = `key ${(keys += 1)}`,
): AdjustStockRequest => ({ idempotencyKey, productId, change, reason: 'counted' });
const adjust = (productId: string, change: Change, key?: string) =>
  app.stock.adjustStock(adjustment(productId, change, key), admin);
const by = (value: number): Change => ({ $case: 'delta', value });
const decrease = (lines: DecreaseStockRequest['lines'], idempotencyKey = `key ${(keys += 1)}`) =>
  app.stock.decreaseStock({ idempotencyKey, lines, reason: 'sold at the counter' }, admin);
const onHand = async (id: string) => (await app.collections.products.findOne({ _id: id }))?.onHand;
const rowsOf = (productId: string) =>
  app.collections.movements.find({ productId }).sort({ sequence: 1 }).toArray();

/** On hand = the balance of the last row = the sum of the rows; sequence without gaps; never below zero. */
async function expectChain(productId: string): Promise<void> {
  let balance = 0;
  for (const [index, row] of (await rowsOf(productId)).entries()) {
    balance += row.quantity;
    expect(row).toMatchObject({ sequence: index + 1, balance });
    expect(balance).toBeGreaterThanOrEqual(0);
  }
  expect(await onHand(productId)).toBe(balance);
}

describe('AdjustStock', () => {
  test('adds, takes, sets and fills up, one movement each', async () => {
    const { id } = await app.product();
    const answers = [
      await adjust(id, by(10)),
      await adjust(id, by(-4)),
      await adjust(id, { $case: 'setTo', value: 3 }),
      await adjust(id, { $case: 'upTo', value: 8 }),
    ];
    expect(answers.map((answer) => [answer.movement?.quantity, answer.onHand])).toEqual([
      [10, 10],
      [-4, 6],
      [-3, 3],
      [5, 8],
    ]);
    expect(answers[0]?.movement).toMatchObject({ kind: 'ADJUSTMENT', reason: 'counted', sequence: 1 });
    await expectChain(id);
  });

  test('books nothing where the level is right already', async () => {
    const { id } = await app.product({ initialStock: 5 });
    for (const change of [
      { $case: 'setTo', value: 5 },
      { $case: 'upTo', value: 2 },
    ] as const) {
      expect(await adjust(id, change)).toMatchObject({ movement: undefined, onHand: 5 });
    }
    expect(await rowsOf(id)).toHaveLength(1);
  });

  test('with one key 20 times at once, by two people, is one movement in 20 equal answers', async () => {
    const { id } = await app.product();
    const people = [admin, otherAdmin];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        app.stock.adjustStock(adjustment(id, by(3), 'twenty'), people[i % 2]),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ movement: { quantity: 3, balance: 3 }, onHand: 3 });
    expect(await onHand(id)).toBe(3);
  });

  test('answers a repeat as the first time, whatever came between', async () => {
    const { id } = await app.product();
    const first = await adjust(id, { $case: 'upTo', value: 9 }, 'restock 1');
    await adjust(id, by(-9));
    expect(await adjust(id, { $case: 'upTo', value: 9 }, 'restock 1')).toEqual(first);
    expect(await onHand(id)).toBe(0);
  });

  test('refuses the key with another change or reason, whoever sends it', async () => {
    const { id } = await app.product();
    const first = adjustment(id, by(1), 'reused');
    await app.stock.adjustStock(first, admin);
    for (const other of [
      { ...first, change: by(2) },
      { ...first, change: { $case: 'setTo', value: 1 } as const },
      { ...first, reason: 'another' },
    ]) {
      for (const who of [admin, otherAdmin]) {
        await expect(app.stock.adjustStock(other, who)).rejects.toMatchObject({
          code: 'IDEMPOTENCY_KEY_REUSED',
        });
      }
    }
  });

  test('takes the same key of two people as one, and tells who was first', async () => {
    const { id } = await app.product();
    const first = await adjust(id, by(1), 'shared');
    expect(first.movement?.source).toBe('user:root/shared');
    expect(await app.stock.adjustStock(adjustment(id, by(1), 'shared'), otherAdmin)).toEqual(first);
    expect(await onHand(id)).toBe(1);
  });

  test('takes the same key of two products as two', async () => {
    const products = [await app.product(), await app.product()];
    for (const { id } of products) expect(await adjust(id, by(1), 'of two')).toMatchObject({ onHand: 1 });
  });

  test('knows the keys of releases that scoped them by caller', async () => {
    const { id } = await app.product();
    const first = await adjust(id, by(1), 'old');
    const { keys: stored } = app.collections;
    const key = await stored.findOneAndDelete({ movementIds: `${id}:1` });
    if (key) await stored.insertOne({ ...key, _id: 'user:root/old' });
    expect(await adjust(id, by(1), 'old')).toEqual(first);
    await expect(adjust(id, by(2), 'old')).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await onHand(id)).toBe(1);
  });

  test('below zero is refused with what there is, and leaves the key free', async () => {
    const { id } = await app.product({ initialStock: 2 });
    await expect(adjust(id, by(-3), 'too much')).rejects.toMatchObject({
      code: 'OUT_OF_STOCK',
      details: { available: 2 },
    });
    expect((await adjust(id, by(-2), 'too much')).onHand).toBe(0);
  });

  test('keeps keys for ever: nothing in the database lets them expire', async () => {
    const indexes = await app.collections.keys.indexes();
    expect(indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)).toEqual([]);
  });

  test.each([
    ['delta', by(0)],
    ['delta', by(-(2 ** 31))],
    ['delta', by(2 ** 31 - 1)],
    ['set_to', { $case: 'setTo', value: -1 } as const],
    ['up_to', { $case: 'upTo', value: -1 } as const],
    ['change', undefined],
  ])('refuses a wrong %s by its name: %j', async (field, change) => {
    const { id } = await app.product({ initialStock: 1 });
    await expect(app.stock.adjustStock(adjustment(id, change), admin)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field }],
    });
    expect(await onHand(id)).toBe(1);
  });

  test.each([
    ['idempotency_key', { idempotencyKey: '' }],
    ['idempotency_key', { idempotencyKey: 'x'.repeat(201) }],
    ['idempotency_key', { idempotencyKey: 'a\0b' }],
    ['reason', { reason: 'x'.repeat(501) }],
    ['reason', { reason: '\u001b[2J' }],
  ])('refuses a wrong %s by its name', async (field, change) => {
    const { id } = await app.product();
    const refused = app.stock.adjustStock({ ...adjustment(id, by(1)), ...change }, admin);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', fields: [{ field }] });
  });

  test('is for the owner and admins; a service states an intent', async () => {
    const { id } = await app.product();
    const ask = (who?: { readonly token: string }) => app.stock.adjustStock(adjustment(id, by(1)), who);
    const controller = app.stockFor('restock-controller');
    await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(ask(await as('carl'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(ask(await as('mallory', 'merchant'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(app.stockFor('order').adjustStock(adjustment(id, by(1)))).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(controller.adjustStock(adjustment(id, by(1)))).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    await expect(app.stock.adjustStock(adjustment('nobody', by(1)), admin)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('DecreaseStock', () => {
  test('takes every line, those of one product merged, and a repeat gets the same movements', async () => {
    const [one, two] = [await app.product({ initialStock: 5 }), await app.product({ initialStock: 5 })];
    const lines = [two.id, one.id, two.id].map((productId) => ({ productId, quantity: 2 }));
    const first = await decrease(lines, 'counter 1');
    expect(first.movements).toMatchObject([
      { productId: two.id, kind: 'DECREASE', quantity: -4, balance: 1 },
      { productId: one.id, kind: 'DECREASE', quantity: -2, balance: 3 },
    ]);
    expect(await decrease(lines, 'counter 1')).toEqual(first);
    await expectChain(one.id);
    await expectChain(two.id);
  });

  test('takes the same key of two callers as two', async () => {
    const { id: productId } = await app.product({ initialStock: 5 });
    const request = { idempotencyKey: 'sale', lines: [{ productId, quantity: 2 }], reason: '' };
    for (const who of [admin, otherAdmin]) await app.stock.decreaseStock(request, who);
    expect(await onHand(productId)).toBe(1);
  });

  test('takes nothing when one line is short, and says which', async () => {
    const [one, two] = [await app.product({ initialStock: 5 }), await app.product({ initialStock: 1 })];
    const lines = [
      { productId: one.id, quantity: 2 },
      { productId: two.id, quantity: 2 },
    ];
    await expect(decrease(lines)).rejects.toMatchObject({
      code: 'OUT_OF_STOCK',
      details: { shortages: [{ product_id: two.id, requested: 2, available: 1, reason: 'OUT_OF_STOCK' }] },
    });
    expect([await onHand(one.id), await onHand(two.id)]).toEqual([5, 1]);
  });

  test.each([
    ['lines', []],
    ['lines', Array.from({ length: 101 }, () => ({ productId: 'p', quantity: 1 }))],
    ['lines[0].quantity', [{ productId: 'p', quantity: 0 }]],
    [
      'lines[1].quantity',
      [
        { productId: 'p', quantity: 1 },
        { productId: 'p', quantity: 1_000_001 },
      ],
    ],
    ['lines[0].product_id', [{ productId: 'a\0b', quantity: 1 }]],
  ])('refuses wrong %s by their name', async (field, lines) => {
    await expect(decrease(lines)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', fields: [{ field }] });
  });
});

test('CheckStock says what could not be had, and why', async () => {
  const [some, old] = [await app.product({ initialStock: 2 }), await app.product({ initialStock: 9 })];
  await app.products.deleteProduct({ id: old.id }, admin);
  const lines = [some.id, some.id, old.id, 'nobody'].map((productId) => ({ productId, quantity: 2 }));
  expect((await app.stock.checkStock({ lines })).shortages).toEqual([
    { productId: some.id, requested: 4, available: 2, reason: 'OUT_OF_STOCK' },
    { productId: old.id, requested: 2, available: 0, reason: 'ARCHIVED' },
    { productId: 'nobody', requested: 2, available: 0, reason: 'UNKNOWN_PRODUCT' },
  ]);
  expect((await app.stock.checkStock({ lines: lines.slice(0, 1) })).shortages).toEqual([]);
});

test('CheckStock reads levels by their ids, and no descriptions', async () => {
  const products = await Promise.all([app.product({ initialStock: 2 }), app.product()]);
  const ids = products.map(({ id }) => id);
  const { db } = app.mongo;
  await db.setProfilingLevel('all');
  await app.stock.checkStock({ lines: ids.map((productId) => ({ productId, quantity: 1 })) });
  await db.setProfilingLevel('off');
  const reads = await db
    .collection<{ command: { find?: string; filter: object; projection?: object } }>('system.profile')
    .find({ 'command.find': 'products', 'command.projection': { $exists: true } })
    .toArray();
  expect(reads.map(({ command: { filter, projection } }) => ({ filter, projection }))).toEqual([
    { filter: { _id: { $in: ids } }, projection: { onHand: 1, sequence: 1, archived: 1 } },
  ]);
});

describe('the ledger', () => {
  test('has one chain after 200 changes at once', async () => {
    const { id } = await app.product({ initialStock: 50 });
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) => adjust(id, by(i % 2 === 0 ? 1 : -2))),
    );
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'OUT_OF_STOCK' });
    }
    const booked = results.filter(({ status }) => status === 'fulfilled').length;
    expect(await rowsOf(id)).toHaveLength(booked + 1);
    await expectChain(id);
  });

  test('is read newest first, in pages without gaps or repeats while it grows', async () => {
    const { id } = await app.product({ initialStock: 1 });
    for (let i = 0; i < 6; i += 1) await adjust(id, by(1));
    const seen: number[] = [];
    let pageToken = '';
    do {
      const page = await app.stock.getMovements({ productId: id, pageSize: 3, pageToken }, admin);
      seen.push(...page.movements.map(({ sequence }) => sequence));
      pageToken = page.nextPageToken;
      await adjust(id, by(1));
    } while (pageToken !== '');
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test('is for the owner and admins', async () => {
    const { id } = await app.product();
    const read = (who?: { readonly token: string }) =>
      app.stock.getMovements({ productId: id, pageSize: 0, pageToken: '' }, who);
    await expect(read()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(read(await as('mallory', 'merchant'))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect((await read(admin)).movements).toEqual([]);
  });
});
