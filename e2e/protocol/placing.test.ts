import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Product } from '@tradewind/proto/inventory/v1/inventory';
import type { CreateOrderRequest, Order } from '@tradewind/proto/order/v1/order';
import { eventually } from '../kit/eventually.ts';
import { orderOf, startTrading, tokenFor, type Trading } from '../kit/trading.ts';

let trading: Trading;
let ada: string;
beforeAll(async () => {
  trading = await startTrading();
  ada = await tokenFor('ada');
});
afterAll(() => trading[Symbol.asyncDispose]());

const place = (request: CreateOrderRequest, token = ada) => trading.orders.createOrder(request, { token });
const ordersIn = () => trading.orderDb.collection('orders').countDocuments();
/** The order service has heard of the product. */
const known = async (product: Product, version = product.version) =>
  eventually(() =>
    trading.orderDb
      .collection<{ _id: string }>('catalogue')
      .findOne({ _id: product.id, version })
      .then(Boolean),
  );

describe('an idempotency key', () => {
  test('sent 50 times at once gives one order id in 50 answers, and one ledger effect', async () => {
    const product = await trading.product(100);
    const request = { ...orderOf(product, 2), idempotencyKey: 'fifty' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => place(request)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    await trading.settled(answers[0] as Order, ada);
    expect(await trading.onHand(product.id)).toBe(98);
    const rows = await trading.inventoryDb
      .collection('movements')
      .find({ productId: product.id })
      .sort({ sequence: 1 })
      .toArray();
    expect(rows.map(({ kind }) => kind as string)).toEqual(['INITIAL', 'ORDER']);
  });

  test('answers a repeat with the same order in its present state', async () => {
    const product = await trading.product(5);
    const request = { ...orderOf(product, 1), idempotencyKey: 'again' };
    const first = await place(request);
    await trading.settled(first, ada);
    expect(await place(request)).toMatchObject({ id: first.id, status: 'ORDER_STATUS_CONFIRMED' });
  });

  test('with another body is refused, and names the order that has it', async () => {
    const product = await trading.product(5);
    const first = await place({ ...orderOf(product, 1), idempotencyKey: 'other body' });
    await expect(place({ ...orderOf(product, 2), idempotencyKey: 'other body' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
      details: { order_id: first.id },
    });
  });

  test('is not used up by a refusal before the write', async () => {
    const product = await trading.product(0);
    const request = { ...orderOf(product, 1), idempotencyKey: 'refused first' };
    await expect(place(request)).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
    await trading.stock.adjustStock(
      { idempotencyKey: 'fill', productId: product.id, change: { $case: 'delta', value: 3 }, reason: '' },
      { token: trading.admin },
    );
    expect((await place(request)).status).toBe('ORDER_STATUS_PENDING');
  });

  test('of two users is two keys', async () => {
    const product = await trading.product(5);
    const request = { ...orderOf(product, 1), idempotencyKey: 'shared' };
    const [one, two] = [await place(request), await place(request, await tokenFor('grace'))];
    expect(one.id).not.toBe(two.id);
  });

  test('is looked up before pricing: a repeat is answered although the product is gone', async () => {
    const product = await trading.product(5);
    const request = { ...orderOf(product, 1), idempotencyKey: 'archived since' };
    const first = await place(request);
    await trading.products.deleteProduct({ id: product.id }, { token: trading.admin });
    await known(product, 2);
    expect((await place(request)).id).toBe(first.id);
  });
});

describe('pricing', () => {
  test('computes the total from the catalogue and records the version that it priced', async () => {
    const product = await trading.product(5, 1_999);
    const order = await place(orderOf(product, 3));
    expect(order.total).toEqual({ currency: 'EUR', amount: 5_997 });
    expect(order.items).toMatchObject([
      { unitPrice: 1_999, productVersion: 1, quantity: 3, sku: product.sku },
    ]);
  });

  test('refuses a wrong client total with the right one, and writes nothing', async () => {
    const product = await trading.product(5, 1_000);
    const before = await ordersIn();
    const request = { ...orderOf(product, 1), expectedTotal: { currency: 'EUR', amount: 1 } };
    await expect(place(request)).rejects.toMatchObject({
      code: 'TOTAL_MISMATCH',
      details: { total: { currency: 'EUR', amount: 1_000 } },
    });
    expect(await ordersIn()).toBe(before);
  });

  test('asks inventory when the client knows a newer price than the read model', async () => {
    const product = await trading.product(5, 1_000);
    await known(product);
    await trading.products.updateProduct(
      {
        id: product.id,
        price: { currency: 'EUR', amount: 900 },
        name: undefined,
        description: undefined,
        category: undefined,
        attributes: undefined,
        expectedVersion: undefined,
      },
      { token: trading.admin },
    );
    const order = await place({ ...orderOf(product, 1), expectedTotal: { currency: 'EUR', amount: 900 } });
    expect(order.total?.amount).toBe(900);
  });

  test('merges lines of one product', async () => {
    const product = await trading.product(5);
    const line = { productId: product.id, quantity: 2 };
    const order = await place({ ...orderOf(product, 1), items: [line, line] });
    expect(order.items).toMatchObject([{ productId: product.id, quantity: 4 }]);
  });

  test('refuses two currencies in one order', async () => {
    const [euro, dollar] = [await trading.product(5), await trading.product(5, 1_000, 'USD')];
    const items = [euro, dollar].map(({ id: productId }) => ({ productId, quantity: 1 }));
    await expect(place({ ...orderOf(euro, 1), items })).rejects.toMatchObject({ code: 'UNPRICEABLE' });
  });

  test('refuses a total beyond 2^53-1', async () => {
    const product = await trading.product(1_000, Number.MAX_SAFE_INTEGER);
    await expect(place(orderOf(product, 2))).rejects.toMatchObject({ code: 'UNPRICEABLE' });
  });

  test('answers 404 for a product that is not there', async () => {
    const items = [{ productId: 'nobody', quantity: 1 }];
    await expect(place({ ...orderOf({ id: 'x' }, 1), items })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      fields: [{ field: 'items[0].product_id' }],
    });
  });

  test.each([
    ['no lines', []],
    ['101 lines', Array.from({ length: 101 }, (_, i) => ({ productId: `p${i}`, quantity: 1 }))],
    ['a quantity of zero', [{ productId: 'p', quantity: 0 }]],
    ['a huge quantity', [{ productId: 'p', quantity: 1_000_001 }]],
    ['an id that is none', [{ productId: '{"$gt":""}', quantity: 1 }]],
  ])('refuses %s with the field, and writes nothing', async (_, items) => {
    const before = await ordersIn();
    await expect(place({ ...orderOf({ id: 'x' }, 1), items })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field: expect.stringMatching(/^items/) as string }],
    });
    expect(await ordersIn()).toBe(before);
  });
});

describe('CheckStock', () => {
  test('rejects early with the shortages, and writes nothing', async () => {
    const product = await trading.product(2);
    const before = await ordersIn();
    await expect(place(orderOf(product, 3))).rejects.toMatchObject({
      code: 'OUT_OF_STOCK',
      details: {
        shortages: [{ product_id: product.id, requested: 3, available: 2, reason: 'OUT_OF_STOCK' }],
      },
    });
    expect(await ordersIn()).toBe(before);
  });

  test('never accepts: of ten who all saw enough, only as many buy as there are units', async () => {
    const product = await trading.product(4);
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => place(orderOf(product, 1))));
    const placed = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const settled = await Promise.all(placed.map((order) => trading.settled(order, ada)));
    expect(settled.filter(({ status }) => status === 'ORDER_STATUS_CONFIRMED')).toHaveLength(4);
    expect(await trading.onHand(product.id)).toBe(0);
  });
});

describe('an order is one document, written once', () => {
  test('with its action log and what it owes inside', async () => {
    await trading.stopConsumer();
    const product = await trading.product(5);
    const order = await place(orderOf(product, 1));
    const document = await trading.orderDb.collection<{ _id: string }>('orders').findOne({ _id: order.id });
    expect(document).toMatchObject({
      status: 'PENDING',
      actions: [{ action: 'PLACED', actor: 'ada' }],
      owed: [
        {
          type: 'order.created',
          data: { order_id: order.id, items: [{ product_id: product.id, quantity: 1 }] },
        },
      ],
    });
    await trading.startConsumer();
    await trading.settled(order, ada);
  });

  test('and orders placed at once share bulk inserts, each with its own outcome', async () => {
    const product = await trading.product(1_000);
    const requests = Array.from({ length: 100 }, (_, i) => ({
      ...orderOf(product, 1),
      idempotencyKey: `bulk ${i % 90}`,
    }));
    const placed = await Promise.all(requests.map((request) => place(request)));
    expect(new Set(placed.map(({ id }) => id)).size).toBe(90);
    await Promise.all(placed.map((order) => trading.settled(order, ada)));
    expect(await trading.onHand(product.id)).toBe(910);
  });
});

describe('inventory down', () => {
  test('orders of known products are taken and stay PENDING; unknown ones are 503, not 404', async () => {
    const product = await trading.product(5);
    await known(product);
    await trading.stopInventory();
    await trading.stopConsumer();
    try {
      const order = await place(orderOf(product, 1));
      expect(order.status).toBe('ORDER_STATUS_PENDING');
      const items = [{ productId: 'never-heard-of', quantity: 1 }];
      await expect(place({ ...orderOf(product, 1), items })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await trading.startConsumer();
      expect((await trading.settled(order, ada)).status).toBe('ORDER_STATUS_CONFIRMED');
    } finally {
      await trading.startInventory();
    }
  });
});

describe('reading and changing', () => {
  test("somebody else's order is refused, an admin's look is not", async () => {
    const order = await place(orderOf(await trading.product(5), 1));
    const mallory = { token: await tokenFor('mallory') };
    await expect(trading.orders.getOrder({ id: order.id }, mallory)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await expect(trading.orders.deleteOrder({ id: order.id }, mallory)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect((await trading.orders.getOrder({ id: order.id }, { token: trading.admin })).id).toBe(order.id);
  });

  test('address and note change while PENDING, and never after', async () => {
    await trading.stopConsumer();
    const order = await place(orderOf(await trading.product(5), 1));
    const note = 'ring twice $literal';
    const amended = await trading.orders.updateOrder(
      { id: order.id, note, address: undefined },
      { token: ada },
    );
    expect(amended).toMatchObject({ note, total: order.total });
    await trading.startConsumer();
    await trading.settled(order, ada);
    await expect(
      trading.orders.updateOrder({ id: order.id, note: 'late', address: undefined }, { token: ada }),
    ).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  });

  test('an illegal change of state is refused with the present one', async () => {
    const order = await place(orderOf(await trading.product(5), 1));
    await trading.settled(order, ada);
    const status = (to: 'ORDER_STATUS_COMPLETED' | 'ORDER_STATUS_CANCELLED' | 'ORDER_STATUS_PENDING') =>
      trading.orders.updateOrderStatus({ id: order.id, status: to, reason: '' }, { token: trading.admin });
    expect((await status('ORDER_STATUS_COMPLETED')).status).toBe('ORDER_STATUS_COMPLETED');
    await expect(status('ORDER_STATUS_CANCELLED')).rejects.toMatchObject({
      code: 'ILLEGAL_STATE',
      details: { order_status: 'COMPLETED' },
    });
    await expect(status('ORDER_STATUS_PENDING')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test("lists a user's orders newest first, in pages without gaps or repeats", async () => {
    const token = await tokenFor('pager');
    const product = await trading.product(100);
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1) ids.unshift((await place(orderOf(product, 1), token)).id);
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await trading.orders.getOrdersByUser(
        { userId: '', pageSize: 3, pageToken, status: 'ORDER_STATUS_UNSPECIFIED', offset: 0 },
        { token },
      );
      seen.push(...page.orders.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(ids);
  });
});
