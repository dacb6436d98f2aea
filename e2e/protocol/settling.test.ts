import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Order } from '@tradewind/proto/order/v1/order';
import { newId } from '@tradewind/shared/ids';
import {
  eventPublisher,
  toJson,
  type EventPublisher,
  type EventType,
  type Payload,
} from '@tradewind/shared/nats';
import { eventually } from '../kit/eventually.ts';
import { orderOf, startTrading, tokenFor, type Trading } from '../kit/trading.ts';

let trading: Trading;
let ada: string;
let publisher: EventPublisher;
beforeAll(async () => {
  trading = await startTrading({ consumers: 2, environment: { OWED_RETRY_MS: '500' } });
  ada = await tokenFor('ada');
  publisher = eventPublisher(trading.nats, 'test');
});
afterAll(() => trading[Symbol.asyncDispose]());

const place = (productId: string, quantity: number) =>
  trading.orders.createOrder(orderOf({ id: productId }, quantity), { token: ada });
const cancel = (id: string) => trading.orders.deleteOrder({ id }, { token: ada });
const ring = <T extends EventType>(type: T, payload: Payload<T>) =>
  publisher.publish({ id: newId(), type, data: toJson(type, payload), time: new Date() });
const decisionOf = (orderId: string) =>
  trading.inventoryDb.collection<{ _id: string; state: string }>('decisions').findOne({ _id: orderId });
const documentOf = (orderId: string) =>
  trading.orderDb
    .collection<{ _id: string; status: string; owed: { type: string }[] }>('orders')
    .findOne({ _id: orderId });
const owesNothing = (orderId: string) =>
  eventually(async () => (await documentOf(orderId))?.owed.length === 0);
const rowsOf = (productId: string) =>
  trading.inventoryDb
    .collection<{ kind: string; quantity: number; balance: number; sequence: number; source: string }>(
      'movements',
    )
    .find({ productId })
    .sort({ sequence: 1 })
    .toArray();

/** On hand = the balance of the last row = the sum of the rows; sequence without gaps; never below zero. */
async function expectBooksToBalance(productId: string): Promise<void> {
  const rows = await rowsOf(productId);
  let balance = 0;
  for (const [index, row] of rows.entries()) {
    balance += row.quantity;
    expect(row.sequence).toBe(index + 1);
    expect(row.balance).toBe(balance);
    expect(row.balance).toBeGreaterThanOrEqual(0);
  }
  expect(await trading.onHand(productId)).toBe(balance);
}

describe('deciding', () => {
  test('a hot product sells exactly what it has, to many who came at once', async () => {
    const product = await trading.product(60);
    const results = await Promise.allSettled(Array.from({ length: 200 }, () => place(product.id, 1)));
    const accepted = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
    // Counted in the books: on a busy machine an order may be taken although its answer came too late.
    const orders = trading.orderDb.collection<{ _id: string; status: string }>('orders');
    const bought = { 'items.productId': product.id };
    await eventually(async () => (await orders.countDocuments({ ...bought, status: 'PENDING' })) === 0);
    expect(await orders.countDocuments({ ...bought, status: 'CONFIRMED' })).toBe(60);
    expect(await orders.countDocuments({ _id: { $in: accepted } })).toBe(accepted.length);
    await expectBooksToBalance(product.id);
  });

  test('an order whose stock ran out becomes CANCELLED with the shortages', async () => {
    await trading.stopConsumer();
    const product = await trading.product(2);
    const orders = [await place(product.id, 2), await place(product.id, 2)];
    await trading.startConsumer();
    const settled = await Promise.all(orders.map((order) => trading.settled(order, ada)));
    const refused = settled.filter(({ status }) => status === 'ORDER_STATUS_CANCELLED');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.shortages).toEqual([
      { productId: product.id, requested: 2, available: 0, reason: 'OUT_OF_STOCK' },
    ]);
    await owesNothing(refused[0]?.id ?? '');
    await expectBooksToBalance(product.id);
  });

  test('orders of several products with overlapping shortages get all or nothing', async () => {
    const products = await Promise.all([trading.product(20), trading.product(20), trading.product(20)]);
    const ids = products.map(({ id }) => id);
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) => {
        const items = [i % 3, (i + 1) % 3].map((at) => ({ productId: ids[at] ?? '', quantity: 1 + (i % 2) }));
        return trading.orders.createOrder({ ...orderOf({ id: '' }, 1), items }, { token: ada });
      }),
    );
    const placed = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const settled = await Promise.all(placed.map((order) => trading.settled(order, ada)));
    const sold = settled
      .filter(({ status }) => status === 'ORDER_STATUS_CONFIRMED')
      .flatMap(({ items }) => items);
    for (const id of ids) {
      await expectBooksToBalance(id);
      const units = sold
        .filter(({ productId }) => productId === id)
        .reduce((sum, { quantity }) => sum + quantity, 0);
      expect(await trading.onHand(id)).toBe(20 - units);
    }
  });

  test('an order of many products gets its turn while each of them is restocked without a pause', async () => {
    const products = await Promise.all(Array.from({ length: 12 }, () => trading.product(100)));
    const end = new AbortController();
    const merchants = products.map(async ({ id: productId }) => {
      while (!end.signal.aborted) {
        await trading.stock.adjustStock(
          { productId, change: { $case: 'delta', value: 1 }, idempotencyKey: newId(), reason: '' },
          { token: trading.admin },
        );
      }
    });
    const items = products.map(({ id: productId }) => ({ productId, quantity: 1 }));
    const buy = async () => {
      const order = await trading.orders.createOrder({ ...orderOf({ id: '' }, 1), items }, { token: ada });
      return await trading.settled(order, ada);
    };
    const settled = await Promise.all([buy(), buy(), buy()]).finally(() => {
      end.abort();
    });
    await Promise.all(merchants);
    expect(settled.map(({ status }) => status)).toEqual(Array(3).fill('ORDER_STATUS_CONFIRMED'));
    for (const { id } of products) await expectBooksToBalance(id);
  });

  test('an order delivered three times is decided once, and every repeat is answered', async () => {
    const product = await trading.product(10);
    const payload = { orderId: newId(), items: [{ productId: product.id, quantity: 4 }], userId: 'ada' };
    let answers = 0;
    const subscription = trading.nats.connection.subscribe('stock.reserved', {
      callback: (_, message) => {
        if (message.json<{ order_id: string }>().order_id === payload.orderId) answers += 1;
      },
    });
    for (let i = 0; i < 3; i += 1) {
      await ring('order.created', payload);
      await eventually(() => Promise.resolve(answers > i));
    }
    subscription.unsubscribe();
    expect(await trading.onHand(product.id)).toBe(6);
  });

  test('an order that can never be decided is answered with a reason, not dead-lettered', async () => {
    const orderId = newId();
    await ring('order.created', { orderId, items: [{ productId: 'x', quantity: -5 }], userId: 'ada' });
    expect(await eventually(async () => (await decisionOf(orderId)) ?? false)).toMatchObject({
      state: 'REJECTED',
      reason: expect.stringContaining('-5') as string,
    });
  });
});

describe('cancelling', () => {
  test('a confirmed order returns its units once, however often it is sent', async () => {
    const product = await trading.product(5);
    const order = await place(product.id, 3);
    await trading.settled(order, ada);
    const answers = await Promise.all(Array.from({ length: 5 }, () => cancel(order.id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['ORDER_STATUS_CANCELLED']));
    await owesNothing(order.id);
    expect(await trading.onHand(product.id)).toBe(5);
    expect((await decisionOf(order.id))?.state).toBe('RELEASED');
    await expectBooksToBalance(product.id);
  });

  test('that overtakes the order leaves a decision, and the order then changes nothing', async () => {
    const product = await trading.product(5);
    const orderId = newId();
    await ring('order.cancelled', { orderId, userId: 'ada', shortages: [], reason: '' });
    await eventually(async () => (await decisionOf(orderId))?.state === 'CANCELLED');
    await ring('order.created', { orderId, items: [{ productId: product.id, quantity: 1 }], userId: 'ada' });
    await ring('order.cancelled', { orderId, userId: 'ada', shortages: [], reason: '' });
    const last = await place(product.id, 1);
    await trading.settled(last, ada);
    expect(await trading.onHand(product.id)).toBe(4);
    expect((await decisionOf(orderId))?.state).toBe('CANCELLED');
  });

  test('an archived product still takes the return', async () => {
    const product = await trading.product(5);
    const order = await place(product.id, 2);
    await trading.settled(order, ada);
    await trading.products.deleteProduct({ id: product.id }, { token: trading.admin });
    await cancel(order.id);
    await owesNothing(order.id);
    expect(await trading.onHand(product.id)).toBe(5);
  });

  test('racing its decision, 1,500 times, leaks no unit', { timeout: 180_000 }, async () => {
    const product = await trading.product(10_000);
    const orders: Order[] = [];
    // In waves, with cancellations a little sooner or later, so that they meet the decision in every phase.
    for (let wave = 0; wave < 30; wave += 1) {
      const placed = await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const order = await place(product.id, 1 + (i % 3));
          if (i % 5 !== 0)
            for (let turn = 0; turn < wave % 6; turn += 1) await trading.nats.connection.flush();
          await cancel(order.id);
          return order;
        }),
      );
      orders.push(...placed);
    }
    expect(orders).toHaveLength(1_500);
    const ids = orders.map(({ id }) => id);
    const owing = trading.orderDb.collection<{ _id: string }>('orders');
    await eventually(
      async () => (await owing.countDocuments({ _id: { $in: ids }, owedAt: { $exists: true } })) === 0,
      { within: 120_000 },
    );
    expect(await trading.onHand(product.id)).toBe(10_000);
    await expectBooksToBalance(product.id);
    const decisions = trading.inventoryDb.collection<{ _id: string; state: string }>('decisions');
    const states = await decisions.find({ _id: { $in: ids } }).toArray();
    expect(states).toHaveLength(1_500);
    expect(new Set(states.map(({ state }) => state)).isSubsetOf(new Set(['CANCELLED', 'RELEASED']))).toBe(
      true,
    );
  });
});

describe('settling', () => {
  test('a decision on an order that is no longer PENDING changes nothing', async () => {
    const product = await trading.product(5);
    const order = await place(product.id, 1);
    await trading.settled(order, ada);
    const before = await documentOf(order.id);
    await ring('stock.reserved', { orderId: order.id });
    await ring('stock.rejected', { orderId: order.id, shortages: [], reason: 'late' });
    const later = await place(product.id, 1);
    await trading.settled(later, ada);
    expect(await documentOf(order.id)).toEqual(before);
  });

  test('announcements end when they are stored, demands when their effect is known', async () => {
    await trading.stopConsumer();
    const product = await trading.product(5);
    const order = await place(product.id, 1);
    const stored = () =>
      trading.nats
        .admin()
        .then((admin) => admin.streams.getMessage('ORDERS', { last_by_subj: 'order.created' }));
    await eventually(async () => (await stored()).json<{ order_id: string }>().order_id === order.id);
    expect((await documentOf(order.id))?.owed.map(({ type }) => type)).toEqual(['order.created']);
    await trading.startConsumer();
    await trading.settled(order, ada);
    await owesNothing(order.id);
  });
});

describe('owed events', () => {
  test('all of JetStream deleted while orders are PENDING: they are CONFIRMED all the same', async () => {
    await trading.stopConsumer();
    const product = await trading.product(50);
    const orders = await Promise.all(Array.from({ length: 20 }, () => place(product.id, 1)));
    const admin = await trading.nats.admin();
    for (const stream of ['ORDERS', 'STOCK', 'PRODUCTS', 'LEVELS', 'USERS', 'DEAD']) {
      await admin.streams.delete(stream).catch(() => undefined);
    }
    await trading.startConsumer();
    const settled = await Promise.all(orders.map((order) => trading.settled(order, ada)));
    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['ORDER_STATUS_CONFIRMED']));
    expect(await trading.onHand(product.id)).toBe(30);
    await expectBooksToBalance(product.id);
  });

  test('a re-created stream of products is filled again from the database', async () => {
    const product = await trading.product(7);
    const last = async (stream: string, subject: string) => {
      const admin = await trading.nats.admin();
      return (await admin.streams.getMessage(stream, { last_by_subj: subject })).json<
        Record<string, unknown>
      >();
    };
    const bothThere = async () => ({
      state: await last('PRODUCTS', `product.state.${product.id}`),
      level: await last('LEVELS', `stock.level.${product.id}`),
    });
    await eventually(bothThere);
    const admin = await trading.nats.admin();
    await admin.streams.delete('PRODUCTS');
    await admin.streams.delete('LEVELS');
    const { state, level } = await eventually(bothThere);
    expect(state).toMatchObject({ product_id: product.id, version: 1, unit_price: 1_000, currency: 'EUR' });
    expect(level).toMatchObject({ product_id: product.id, on_hand: 7, version: 1 });
  });

  test('NATS down: orders are accepted, and settled when it is back', { timeout: 60_000 }, async () => {
    const product = await trading.product(5);
    await eventually(async () => {
      const known = trading.orderDb.collection<{ _id: string }>('catalogue');
      return (await known.countDocuments({ _id: product.id })) === 1;
    });
    await trading.natsServer.stop();
    const order = await place(product.id, 1);
    expect(order.status).toBe('ORDER_STATUS_PENDING');
    await trading.natsServer.restart();
    const settled = await eventually(
      async () => {
        const now = await trading.orders.getOrder({ id: order.id }, { token: ada });
        return now.status === 'ORDER_STATUS_CONFIRMED' && now;
      },
      { within: 45_000 },
    );
    expect(settled.id).toBe(order.id);
  });
});
