import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '@tradewind/shared/ids';
import { migrate } from '@tradewind/shared/mongo';
import { eventPublisher, toJson, type EventType, type Payload } from '@tradewind/shared/nats';
import type { OrderCommand } from '../src/domain/decision.ts';
import { migrations } from '../src/outbound/collections.ts';
import { stockStore } from '../src/outbound/stock-store.ts';
import { decideOrders } from '../src/usecases/decide-orders.ts';
import { log, startInventoryApp, type InventoryApp } from './inventory-app.ts';

let app: InventoryApp;
beforeAll(async () => {
  app = await startInventoryApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const within = { timeout: 15_000, interval: 20 };
const ring = <T extends EventType>(type: T, payload: Payload<T>) =>
  eventPublisher(app.nats, 'test').publish({
    ...{ id: newId(), type, time: new Date() },
    data: toJson(type, payload),
  });
const reserve = (orderId: string, ...productIds: string[]): OrderCommand => ({
  kind: 'reserve',
  orderId,
  lines: productIds.map((productId) => ({ productId, quantity: 1 })),
});
const onHand = async (id: string) => (await app.collections.products.findOne({ _id: id }))?.onHand;
const openStore = () =>
  stockStore(app.mongo.client, app.collections, {
    claimMs: 5_000,
    sweepAt: () => new Date(Date.now() + 30_000),
  });
const silent = { answer: () => Promise.resolve(), tell: () => undefined };

test('an order whose consumer was killed between commit and acknowledgement is answered, and decided once', async () => {
  const { id } = await app.product({ initialStock: 5 });
  const orderId = newId();
  const dying = decideOrders({
    store: openStore(),
    answer: () => Promise.reject(new Error('killed')),
    tell: () => undefined,
  });
  await expect(dying([reserve(orderId, id)])).rejects.toThrow('killed');
  const answers: unknown[] = [];
  app.nats.connection.subscribe('stock.reserved', {
    callback: (_, message) => answers.push(message.json()),
  });
  await ring('order.created', { orderId, items: [{ productId: id, quantity: 1 }], userId: 'ada' });
  await using consumers = new AsyncDisposableStack();
  consumers.use(await app.startConsumer());
  await expect.poll(() => answers, within).toEqual([{ order_id: orderId }]);
  expect(await onHand(id)).toBe(4);
  expect(await app.collections.movements.countDocuments({ source: orderId })).toBe(1);
});

test('a product that a dead process has claimed can be sold when its claim has run out', async () => {
  const { id } = await app.product({ initialStock: 5 });
  const { products, decisions } = app.collections;
  const until = new Date(Date.now() + 1_500);
  await products.updateOne({ _id: id }, { $set: { claim: { by: 'somebody who is gone', until } } });
  const decide = decideOrders({ ...silent, store: openStore() });
  const orderId = newId();
  await decide([reserve(orderId, id)]);
  const decision = await decisions.findOne({ _id: orderId });
  expect(decision?.state).toBe('RESERVED');
  expect(decision?.at.getTime()).toBeGreaterThanOrEqual(until.getTime());
  const left = await products.findOne({ _id: id });
  expect(left).toMatchObject({ onHand: 4 });
  expect(left).not.toHaveProperty('claim');
});

describe('a transaction', () => {
  test('has about a thousand rows at most, also where large orders give back what they hold', async () => {
    const products = await Promise.all(Array.from({ length: 100 }, () => app.product({ initialStock: 30 })));
    const ids = products.map(({ id }) => id);
    const orderIds = Array.from({ length: 25 }, () => newId());
    const store = openStore();
    const rows: number[] = [];
    const decide = decideOrders({
      ...silent,
      store: {
        ...store,
        decideOrders: async (...args) => {
          const plan = await store.decideOrders(...args);
          rows.push(plan.ledger.movements.length + plan.decided.length + plan.released.length);
          return plan;
        },
      },
    });
    await decide(orderIds.map((orderId) => reserve(orderId, ...ids)));
    await decide(orderIds.map((orderId) => ({ kind: 'release', orderId })));
    expect(rows.reduce((sum, count) => sum + count)).toBe(2 * 25 * 101);
    expect(Math.max(...rows)).toBeLessThanOrEqual(1_000);
    expect(new Set(await Promise.all(ids.map(onHand)))).toEqual(new Set([30]));
  });

  test('reads the decisions of a whole batch in one round trip', async () => {
    const { id } = await app.product({ initialStock: 500 });
    const orderIds = Array.from({ length: 150 }, () => newId());
    const decide = decideOrders({ ...silent, store: openStore() });
    await decide(orderIds.map((orderId) => reserve(orderId, id)));
    const { db } = app.mongo;
    await db.setProfilingLevel('all');
    await decide(orderIds.map((orderId) => ({ kind: 'release', orderId })));
    await db.setProfilingLevel('off');
    const reads = db
      .collection<{ op: string; ns: string }>('system.profile')
      .find({ ns: app.collections.decisions.namespace });
    expect((await reads.toArray()).map(({ op }) => op)).toEqual(['command', 'query', 'update']);
  });

  test('on a hot product goes through for each of four consumers at once', async () => {
    const { id } = await app.product({ initialStock: 500 });
    const decide = decideOrders({ ...silent, store: openStore() });
    const batches = Array.from({ length: 40 }, () => Array.from({ length: 10 }, () => reserve(newId(), id)));
    const consumers = [0, 1, 2, 3].map(async (first) => {
      for (let i = first; i < batches.length; i += 4) await decide(batches[i] ?? []);
    });
    await Promise.all(consumers);
    expect(await onHand(id)).toBe(100);
  });
});

test('a batch that comes again neither locks its products nor has their readers told', async () => {
  const products = await Promise.all([app.product({ initialStock: 5 }), app.product()]);
  const [inStock, soldOut] = products.map(({ id }) => id) as [string, string];
  const stored = () => app.collections.products.find({ _id: { $in: [inStock, soldOut] } }).toArray();
  const orderIds = Array.from({ length: 4 }, () => newId());
  const [reserved, rejected, released, cancelled] = orderIds as [string, string, string, string];
  const outcomes: string[][] = [];
  const decide = decideOrders({
    ...silent,
    store: openStore(),
    answer: (decisions) => {
      outcomes.push(decisions.map(({ state }) => state));
      return Promise.resolve();
    },
  });
  await decide([reserve(released, inStock)]);
  const batch: OrderCommand[] = [
    reserve(reserved, inStock),
    reserve(rejected, inStock, soldOut),
    { kind: 'release', orderId: released },
    { kind: 'release', orderId: cancelled },
  ];
  await decide(batch);
  await app.collections.products.updateMany({}, { $unset: { tellAt: '' } });
  const before = await stored();
  await decide([...batch, reserve(cancelled, inStock)]);
  expect(outcomes.slice(1)).toEqual([
    ['RESERVED', 'REJECTED', 'RELEASED', 'CANCELLED'],
    ['RESERVED', 'REJECTED', 'RELEASED', 'CANCELLED'],
  ]);
  expect(await stored()).toEqual(before);
});

describe('poison', () => {
  test('without an order id is a dead letter, and stops nobody', async () => {
    await using consumers = new AsyncDisposableStack();
    consumers.use(await app.startConsumer());
    const { id } = await app.product({ initialStock: 5 });
    const items = [{ productId: id, quantity: 1 }];
    for (const orderId of ['', 'a\0b', '\ud800', 'x'.repeat(200)]) {
      await ring('order.created', { orderId, items, userId: 'ada' });
    }
    await ring('order.created', { orderId: newId(), items, userId: 'ada' });
    await expect.poll(() => onHand(id), within).toBe(4);
    const dead = async () => {
      const admin = await app.nats.admin();
      return (await admin.streams.info('DEAD')).state.messages;
    };
    await expect.poll(dead, within).toBe(4);
  });

  test('with product ids that are none is rejected with the reason', async () => {
    await using consumers = new AsyncDisposableStack();
    consumers.use(await app.startConsumer());
    const orderId = newId();
    await ring('order.created', { orderId, items: [{ productId: '\ud800', quantity: 1 }], userId: 'ada' });
    await expect
      .poll(() => app.collections.decisions.findOne({ _id: orderId }), within)
      .toMatchObject({ state: 'REJECTED', reason: 'a line asks for 1 of "\\ud800"' });
  });
});

test('a migration that was interrupted runs again', async () => {
  await app.mongo.db.collection<{ _id: string }>('schema').deleteOne({ _id: 'schema' });
  await migrate(app.mongo.db, migrations, log);
  expect(await app.mongo.db.collection<{ _id: string }>('schema').findOne({ _id: 'schema' })).toMatchObject({
    version: migrations.length,
  });
});
