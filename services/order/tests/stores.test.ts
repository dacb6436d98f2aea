import { randomUUID } from 'node:crypto';
import { MongoBulkWriteError, MongoNetworkError, type Collection } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { newId } from '@tradewind/shared/ids';
import { connectMongo, migrate, type Mongo } from '@tradewind/shared/mongo';
import { owe, type Debt, type OwedEvent } from '@tradewind/shared/outbox';
import { createLogger } from '@tradewind/shared/telemetry';
import type { CatalogueProduct } from '../src/domain/catalogue.ts';
import type { Order } from '../src/domain/order.ts';
import { bulkInserts, TakenError } from '../src/outbound/bulk-inserts.ts';
import { catalogueStore } from '../src/outbound/catalogue-store.ts';
import { collections, migrations, type Collections } from '../src/outbound/collections.ts';
import { orderStore } from '../src/outbound/order-store.ts';
import { profile } from './profile.ts';

const log = createLogger('order', 'silent');

let mongo: Mongo;
let stored: Collections;
beforeAll(async () => {
  mongo = await connectMongo(inject('mongoUri'), `order_${randomUUID().slice(0, 8)}`, log);
  await migrate(mongo.db, migrations, log);
  stored = collections(mongo.db);
});
afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo[Symbol.asyncDispose]();
});

describe('bulk inserts', () => {
  interface Row {
    readonly _id: string;
  }
  const reasonsOf = (results: readonly PromiseSettledResult<void>[]) =>
    results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : 'stored'));

  /** As the driver makes it, which has no public constructor. */
  const bulkError = (result: object): Error =>
    Object.assign(Object.create(MongoBulkWriteError.prototype) as Error, {
      result: { getWriteErrors: () => [], ...result },
    });

  test('give each document of a batch its own outcome', async () => {
    const rows = mongo.db.collection<Row>('rows');
    const insert = bulkInserts(rows, 1);
    const outcomes = reasonsOf(
      await Promise.allSettled(['a', 'b', 'a', 'c', 'b'].map((_id) => insert({ _id }))),
    );
    const taken = expect.any(TakenError) as unknown;
    expect(outcomes).toEqual(['stored', 'stored', taken, 'stored', taken]);
    expect(await rows.countDocuments()).toBe(3);
  });

  test('share writes: a hundred callers at once need a few', async () => {
    let writes = 0;
    const collection = {
      insertMany: () => {
        writes += 1;
        return Promise.resolve();
      },
    } as unknown as Collection<Row>;
    const insert = bulkInserts(collection);
    await Promise.all(Array.from({ length: 100 }, (_, i) => insert({ _id: String(i) })));
    expect(writes).toBeLessThanOrEqual(2);
  });

  test.each<[string, Error]>([
    ['the connection broke', new MongoNetworkError('gone')],
    ['the write was not confirmed', bulkError({ getWriteConcernError: () => ({ code: 64 }) })],
  ])('tell everybody that the outcome is not known when %s', async (_, failure) => {
    const collection = { insertMany: () => Promise.reject(failure) } as unknown as Collection<Row>;
    const insert = bulkInserts(collection);
    const outcomes = reasonsOf(await Promise.allSettled(['a', 'b'].map((_id) => insert({ _id }))));
    const unknown = expect.objectContaining({ code: 'UNAVAILABLE' }) as unknown;
    expect(outcomes).toEqual([unknown, unknown]);
  });
});

describe('the catalogue', () => {
  const version = (id: string, number: number): CatalogueProduct => ({
    ...{ id, version: number, sku: id, name: `Version ${number}`, currency: 'EUR' },
    ...{ unitPrice: number, archived: false },
  });

  test('never goes back to an older version, in whatever order they arrive', async () => {
    const catalogue = catalogueStore(stored);
    await catalogue.apply([version('a', 2), version('b', 1)]);
    await catalogue.apply([version('a', 1), version('b', 3), version('c', 1)]);
    await catalogue.apply([version('a', 2)]);
    const found = await catalogue.find(['a', 'b', 'c', 'nobody']);
    expect([...found.values()].map(({ id, unitPrice }) => [id, unitPrice]).sort()).toEqual([
      ['a', 2],
      ['b', 3],
      ['c', 1],
    ]);
  });

  test('is only written where a version is newer', async () => {
    const catalogue = catalogueStore(stored);
    await catalogue.apply([version('known', 2), version('other', 2)]);
    const commands = await profile(mongo, 'catalogue', async () => {
      await catalogue.apply([version('known', 2), version('other', 1)]);
      await catalogue.apply([version('known', 2), version('other', 3)]);
    });
    expect(commands.map(({ op }) => op)).toEqual(['query', 'query', 'update']);
  });

  test('has the highest version after many came at once', async () => {
    const catalogue = catalogueStore(stored);
    const versions = Array.from({ length: 40 }, (_, i) => (i * 17) % 41);
    await Promise.all(versions.map((number) => catalogue.apply([version('raced', number)])));
    expect((await catalogue.find(['raced'])).get('raced')?.version).toBe(40);
  });
});

describe('orders', () => {
  const published: Debt[] = [];
  const store = () =>
    orderStore(stored, {
      sweepAt: () => new Date(Date.now() + 30_000),
      publish: (debts) => {
        published.push(...debts.filter(({ events }) => events.length > 0));
        return Promise.resolve();
      },
    });
  const typesOwed = async (id: string) =>
    (await stored.orders.findOne({ _id: id }))?.owed.map(({ type, until }) => `${type} until ${until}`);

  async function place(status: Order['status'], owed: readonly OwedEvent[] = []): Promise<string> {
    const id = newId();
    const at = new Date();
    const order: Order = {
      ...{ id, userId: 'ada', status, items: [], total: { currency: 'EUR', amount: 0 }, note: '' },
      ...{ shortages: [], actions: [], createdAt: at, updatedAt: at },
    };
    await store().insertOnce({
      key: id,
      fingerprint: 'f',
      order,
      owed,
      signal: new AbortController().signal,
    });
    return id;
  }

  const confirm = (orderId: string) => ({
    ...{ orderId, to: 'CONFIRMED' as const, settles: ['order.created' as const] },
    action: { action: 'CONFIRMED' as const, at: new Date(), actor: 'inventory', detail: '$literal' },
    owes: [owe('order.confirmed', { orderId, userId: 'ada' }, 'stored')],
  });

  test('that were cancelled meanwhile are not announced as confirmed', async () => {
    const [pending, cancelled] = [await place('PENDING'), await place('CANCELLED')];
    published.length = 0;
    expect(await store().transitionAll([confirm(pending), confirm(cancelled)])).toEqual(new Set([pending]));
    expect(published.map(({ id }) => id)).toEqual([pending]);
    expect((await store().find(cancelled))?.status).toBe('CANCELLED');
    expect((await store().find(pending))?.actions).toMatchObject([{ detail: '$literal' }]);
  });

  test('are read in one round trip, however many are settled at once', async () => {
    const pending = await Promise.all(Array.from({ length: 150 }, () => place('PENDING')));
    const cancelled = await place('CANCELLED');
    const commands = await profile(mongo, 'orders', async () => {
      expect((await store().statesOf([...pending, cancelled])).size).toBe(151);
      expect((await store().transitionAll([...pending, cancelled].map(confirm))).size).toBe(150);
    });
    expect(commands.map(({ op }) => op)).toEqual(['query', 'update', 'query']);
  });

  test('keep an announcement when a demand of the same type is settled', async () => {
    const cancelled = (id: string) => ({ orderId: id, userId: 'ada', shortages: [], reason: '' });
    const id = await place('CANCELLED', [
      owe('order.cancelled', cancelled('o'), 'stored'),
      owe('order.cancelled', cancelled('o'), 'effect'),
    ]);
    await store().settleAll([id], 'order.cancelled');
    expect(await typesOwed(id)).toEqual(['order.cancelled until stored']);
  });

  test('are read through an index, however they are listed', async () => {
    const base = { userId: 'ada', size: 2, pageToken: '', offset: 0, status: undefined };
    const { nextPageToken } = await store().list(base);
    const plans = await profile(mongo, 'orders', async () => {
      await store().list({ ...base, pageToken: nextPageToken });
      await store().list({ ...base, status: 'CANCELLED' });
      await store().findByKey('ada', 'no such key');
    });
    expect(plans).toHaveLength(3);
    for (const { planSummary, hasSortStage } of plans) {
      expect(planSummary).toMatch(/^IXSCAN/);
      expect(hasSortStage).toBeUndefined();
    }
  });
});
