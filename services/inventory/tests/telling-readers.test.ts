import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Product } from '@tradewind/proto/inventory/v1/inventory';
import { newId } from '@tradewind/shared/ids';
import type { OutgoingEvent } from '@tradewind/shared/nats';
import { connectRedis, versionedCache } from '@tradewind/shared/redis';
import { collections, toTellIndex, type ProductDocument } from '../src/outbound/collections.ts';
import { lastValues } from '../src/outbound/last-values.ts';
import { tellReaders } from '../src/outbound/readers.ts';
import { admin, log, startInventoryApp, updateOf, type InventoryApp } from './inventory-app.ts';

let app: InventoryApp;
beforeAll(async () => {
  app = await startInventoryApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const within = { timeout: 15_000, interval: 20 };
const later = new Date(Date.now() + 3_600_000);
type Message = Record<string, unknown>;

/** The last message of the subject; undefined when there is none. */
async function last(stream: 'PRODUCTS' | 'LEVELS', subject: string): Promise<Message | undefined> {
  const admin = await app.nats.admin();
  const message = await admin.streams.getMessage(stream, { last_by_subj: subject }).catch(() => undefined);
  return message?.json();
}
const state = (id: string) => last('PRODUCTS', `product.state.${id}`);
const level = (id: string) => last('LEVELS', `stock.level.${id}`);
const adjust = (productId: string, value: number) =>
  app.stock.adjustStock(
    { idempotencyKey: newId(), productId, change: { $case: 'delta', value }, reason: '' },
    admin,
  );
const rename = (id: string, name: string) => app.products.updateProduct(updateOf(id, { name }), admin);

describe('the streams', () => {
  test('hold the last state and level of a product, each with its version', async () => {
    const { id, sku } = await app.product({ initialStock: 3 });
    await rename(id, 'Renamed');
    await adjust(id, 4);
    await expect
      .poll(() => state(id), within)
      .toEqual({
        ...{ product_id: id, version: 2, sku, name: 'Renamed', category: 'things' },
        ...{ currency: 'EUR', unit_price: 1_000, archived: false },
      });
    await expect.poll(() => level(id), within).toEqual({ product_id: id, sku, on_hand: 7, version: 2 });
    await app.products.deleteProduct({ id }, admin);
    await expect.poll(() => state(id), within).toMatchObject({ version: 3, archived: true });
  });

  test('refuse the old state of a stalled relay, which then reads again', async () => {
    const [stalled, other] = [lastValues(app.nats, 'stalled'), lastValues(app.nats, 'other')];
    const subjectId = newId();
    const levelEvent = (version: number): OutgoingEvent => ({
      ...{ id: newId(), type: 'stock.level', subjectId, time: new Date() },
      data: { product_id: subjectId, on_hand: version, version },
    });
    await stalled.learn(levelEvent(1));
    await other.learn(levelEvent(2));
    expect(await other.publish(levelEvent(2), 2)).toBe(true);
    expect(await stalled.publish(levelEvent(1), 1)).toBe(false);
    expect(await level(subjectId)).toMatchObject({ version: 2 });
    await stalled.learn(levelEvent(3));
    expect(await stalled.publish(levelEvent(1), 1)).toBe(true);
    expect(await stalled.publish(levelEvent(3), 3)).toBe(true);
    expect(await level(subjectId)).toMatchObject({ version: 3 });
  });

  test('take a value in the place of a message that is none', async () => {
    const values = lastValues(app.nats, 'inventory');
    const subjectId = newId();
    await app.nats.js.publish(`stock.level.${subjectId}`, 'no JSON');
    const event: OutgoingEvent = {
      ...{ id: newId(), type: 'stock.level', subjectId, time: new Date() },
      data: { product_id: subjectId, version: 0 },
    };
    await values.learn(event);
    expect(await values.publish(event, 0)).toBe(true);
    expect(await level(subjectId)).toMatchObject({ product_id: subjectId });
  });

  test('hear of a commit whose process died before it published', async () => {
    const { id } = await app.product({ initialStock: 1 });
    await expect.poll(() => level(id), within).toMatchObject({ version: 1 });
    await app.collections.products.updateOne(
      { _id: id },
      { $inc: { onHand: 5, sequence: 1, version: 1 }, $set: { tellAt: new Date(0) } },
    );
    await expect.poll(() => level(id), within).toMatchObject({ on_hand: 6, version: 2 });
    await expect.poll(() => state(id), within).toMatchObject({ version: 2 });
    await expect
      .poll(() => app.collections.products.findOne({ _id: id }), within)
      .not.toHaveProperty('tellAt');
    expect(await app.products.getProductById({ id })).toMatchObject({ onHand: 6 });
  });

  test('hear of a change that comes while the sweeper tells of the one before', async () => {
    const { products, ...rest } = collections(app.mongo.client.db(`telling_${newId()}`));
    await products.createIndexes([toTellIndex]);
    const { id } = await app.product({ initialStock: 1 });
    const document = await app.collections.products.findOne({ _id: id });
    await products.insertOne({ ...(document as ProductDocument), tellAt: new Date(0) });
    const changed = Promise.withResolvers<undefined>();
    const cache = {
      get: () => Promise.resolve(undefined),
      // The sweeper has read the product by now.
      put: async () => {
        await products.updateOne({ _id: id, sequence: 1 }, { $inc: { onHand: 5, sequence: 1 } });
        changed.resolve(undefined);
      },
    };
    await using stack = new AsyncDisposableStack();
    stack.use(
      tellReaders({
        ...{ collections: { products, ...rest }, nats: app.nats, cache, log },
        ...{ afterMs: 100, sweepEveryMs: 20 },
      }),
    );
    await changed.promise;
    await expect.poll(() => level(id), within).toMatchObject({ on_hand: 6, version: 2 });
    await expect.poll(() => products.findOne({ _id: id }), within).not.toHaveProperty('tellAt');
  });

  test('are told of the products that are due by their index, and no others are looked at', async () => {
    const { db } = app.collections.products;
    const profiles = db.collection('system.profile');
    const { id } = await app.product({ initialStock: 1 });
    const document = (await app.collections.products.findOne({ _id: id })) as ProductDocument;
    const others = Array.from({ length: 1_000 }, (_, index): ProductDocument => ({
      ...{ ...document, _id: `${id}:${index}`, sku: `${document.sku}-${index}` },
      tellAt: later,
    }));
    await app.collections.products.insertMany(others);
    await db.setProfilingLevel('all');
    const finds = () =>
      profiles.find({ 'command.find': 'products', 'command.sort': { tellAt: 1 } }).toArray();
    await expect.poll(finds, within).not.toEqual([]);
    await db.setProfilingLevel('off');
    for (const find of await finds()) {
      // MongoDB from 6.0.7 on uses a sparse index for an expression only when it is told to.
      expect(find).toMatchObject({
        planSummary: 'IXSCAN { tellAt: 1 }',
        command: { hint: toTellIndex.name },
      });
      expect(find['docsExamined']).toBe(find['nreturned']);
    }
    await app.collections.products.deleteMany({ _id: { $in: others.map(({ _id }) => _id) } });
  });

  test('are filled again after they were emptied', async () => {
    const products = await Promise.all([app.product({ initialStock: 1 }), app.product({ initialStock: 2 })]);
    const told = async () => {
      const found = await Promise.all(products.flatMap(({ id }) => [state(id), level(id)]));
      return found.every((message) => message !== undefined);
    };
    await expect.poll(told, within).toBe(true);
    const admin = await app.nats.admin();
    for (let time = 0; time < 2; time += 1) {
      await admin.streams.purge('PRODUCTS');
      await admin.streams.purge('LEVELS');
      await expect.poll(told, within).toBe(true);
    }
  });
});

test('many products are called in parts, of which none keeps MongoDB busy for long', async () => {
  const { products, ...rest } = collections(app.mongo.client.db(`calling_${newId()}`));
  await products.createIndexes([toTellIndex]);
  const { id } = await app.product({ initialStock: 1 });
  const document = (await app.collections.products.findOne({ _id: id })) as ProductDocument;
  await products.insertMany(
    Array.from({ length: 1_500 }, (_, index) => ({ ...document, _id: `${id}:${index}`, tellAt: later })),
  );
  const cache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };
  await using stack = new AsyncDisposableStack();
  const readers = { collections: { products, ...rest }, nats: app.nats, cache, log };
  stack.use(tellReaders({ ...readers, afterMs: 100, sweepEveryMs: 20 }));
  await expect.poll(() => products.db.collection('streams').countDocuments(), within).toBe(2);
  await products.db.command({ profile: 1, filter: { op: 'update', nMatched: { $gt: 1_000 } } });
  await (await app.nats.admin()).streams.purge('PRODUCTS');
  await expect.poll(() => products.countDocuments({ tellAt: later }), within).toBe(0);
  await products.db.setProfilingLevel('off');
  expect(await products.db.collection('system.profile').find().toArray()).toEqual([]);
});

describe('the cache', () => {
  test('never serves an older version after a newer one was told', async () => {
    const { id } = await app.product({ initialStock: 1 });
    await using redis = connectRedis(
      { address: app.redisServer.addr, password: undefined, database: 0 },
      log,
    );
    const cache = versionedCache<Product>(redis, 'product', 60_000, log);
    await expect.poll(() => cache.get(id), within).toMatchObject({ onHand: 1 });
    const stale = await cache.get(id);
    await adjust(id, 4);
    await expect.poll(() => level(id), within).toMatchObject({ version: 2 });
    expect((await app.products.getProductById({ id })).onHand).toBe(5);
    // A reader that had read before the change comes late.
    await cache.put([{ id, version: 2, value: stale as Product }]);
    expect((await app.products.getProductById({ id })).onHand).toBe(5);
  });
});

describe('while a server is away', () => {
  test('Redis: products are read and changed all the same', async () => {
    const { id } = await app.product({ initialStock: 1 });
    await app.redisServer.stop();
    try {
      expect((await rename(id, 'Without Redis')).version).toBe(2);
      await adjust(id, 1);
      expect(await app.products.getProductById({ id })).toMatchObject({ name: 'Without Redis', onHand: 2 });
      await expect.poll(() => level(id), within).toMatchObject({ version: 2 });
    } finally {
      await app.redisServer.restart();
    }
  });

  test('NATS: what is read is the change, and the streams hear of it later', async () => {
    const { id } = await app.product({ initialStock: 1 });
    await expect.poll(() => level(id), within).toMatchObject({ version: 1 });
    await app.natsServer.stop();
    try {
      await rename(id, 'Without NATS');
      await adjust(id, 1);
      await expect
        .poll(() => app.products.getProductById({ id }), within)
        .toMatchObject({ name: 'Without NATS', onHand: 2 });
    } finally {
      await app.natsServer.restart();
    }
    // The sweeper's turn, without its half minute.
    await app.collections.products.updateOne({ _id: id }, { $set: { tellAt: new Date(0) } });
    await expect.poll(() => level(id), within).toMatchObject({ version: 2 });
    await expect.poll(() => state(id), within).toMatchObject({ name: 'Without NATS' });
  });
});
