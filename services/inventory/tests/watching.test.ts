import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StockLevel, WatchStockRequest } from '@tradewind/proto/inventory/v1/inventory';
import type { CallContext } from '@tradewind/shared/grpc';
import { stockService, type StockServiceDeps } from '../src/inbound/stock-service.ts';
import { levelFeed, type LevelFeed } from '../src/outbound/level-feed.ts';
import { admin, log, startInventoryApp, type InventoryApp } from './inventory-app.ts';

let app: InventoryApp;
beforeAll(async () => {
  app = await startInventoryApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const adjust = (productId: string, value: number) =>
  app.stock.adjustStock(
    { idempotencyKey: crypto.randomUUID(), productId, change: { $case: 'delta', value }, reason: '' },
    admin,
  );

describe('WatchStock', () => {
  test('sends the present levels, then the changes of these products alone', async () => {
    const [one, two, other] = [
      await app.product({ initialStock: 1 }),
      await app.product(),
      await app.product(),
    ];
    const stop = new AbortController();
    const levels = app.stock.watchStock({ productIds: [one.id, two.id] }, { signal: stop.signal });
    const read = levels[Symbol.asyncIterator]();
    const next = async () => (await read.next()).value as StockLevel;
    expect(new Set([await next(), await next()])).toEqual(
      new Set([
        { productId: one.id, sku: one.sku, onHand: 1, version: 1 },
        { productId: two.id, sku: two.sku, onHand: 0, version: 0 },
      ]),
    );
    await adjust(other.id, 1);
    await adjust(two.id, 5);
    expect(await next()).toEqual({ productId: two.id, sku: two.sku, onHand: 5, version: 1 });
    await adjust(one.id, -1);
    expect(await next()).toEqual({ productId: one.id, sku: one.sku, onHand: 0, version: 2 });
    stop.abort();
    expect(await read.next()).toMatchObject({ done: true });
  });

  test('ends at the last level, without going back, however many changes come at once', async () => {
    const { id } = await app.product();
    const stop = new AbortController();
    const versions: number[] = [];
    const watching = (async () => {
      for await (const { version } of app.stock.watchStock({ productIds: [id] }, { signal: stop.signal })) {
        versions.push(version);
        if (version === 30) stop.abort();
      }
    })();
    await vi.waitFor(() => {
      expect(versions).toEqual([0]);
    });
    await Promise.all(Array.from({ length: 30 }, () => adjust(id, 1)));
    await watching;
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  test('refuses no product and more than a hundred', async () => {
    for (const productIds of [[], Array.from({ length: 101 }, (_, i) => String(i))]) {
      const read = app.stock.watchStock({ productIds })[Symbol.asyncIterator]();
      await expect(read.next()).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        fields: [{ field: 'product_ids' }],
      });
    }
  });
});

describe('the level feed', () => {
  const publish = (productId: string, ...versions: number[]) => {
    for (const version of versions) {
      const level = { product_id: productId, sku: 'S', on_hand: version, version };
      app.nats.connection.publish(`stock.level.${productId}`, JSON.stringify(level));
    }
  };
  const openFeed = async () => {
    const feed = levelFeed(app.nats, log);
    await app.nats.connected;
    await app.nats.connection.flush();
    return feed;
  };

  /** Whatever was published before this call was heard by who watches the feed. */
  const heard = async (feed: LevelFeed) => {
    using watching = feed.watch(new Set(['end']));
    publish('end', 1);
    await watching.changes(AbortSignal.timeout(10_000))[Symbol.asyncIterator]().next();
  };

  test('gives a slow reader the newest change of each product only', async () => {
    await using feed = await openFeed();
    using watching = feed.watch(new Set(['a', 'b']));
    publish('a', 1, 2, 3);
    publish('b', 1);
    publish('other', 1);
    await heard(feed);
    const read = watching.changes(AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    expect((await read.next()).value).toMatchObject({ productId: 'a', version: 3 });
    expect((await read.next()).value).toMatchObject({ productId: 'b', version: 1 });
  });

  test('keeps what is new when a stalled writer publishes an older level', async () => {
    await using feed = await openFeed();
    using watching = feed.watch(new Set(['c']));
    publish('c', 7, 6);
    await heard(feed);
    const read = watching.changes(AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    expect((await read.next()).value).toMatchObject({ productId: 'c', version: 7 });
  });

  test('is left by a reader who goes away, and by one whose first reading failed', async () => {
    await using feed = await openFeed();
    const watch = (findMany: StockServiceDeps['products']['findMany'], signal: AbortSignal) => {
      const deps = { products: { findMany }, feed } as unknown as StockServiceDeps;
      const { watchStock } = stockService(deps).handlers as unknown as {
        watchStock: (request: WatchStockRequest, call: CallContext) => AsyncIterable<StockLevel>;
      };
      const actFor = () => Promise.reject(new Error('unused'));
      return watchStock({ productIds: ['a'] }, { signal, caller: 'gateway', principal: undefined, actFor });
    };
    const failing = watch(() => Promise.reject(new Error('no database')), new AbortController().signal);
    await expect(failing[Symbol.asyncIterator]().next()).rejects.toThrow('no database');
    expect(feed.watching()).toBe(0);

    const leave = new AbortController();
    const left = watch(() => Promise.resolve([]), leave.signal);
    const ended = left[Symbol.asyncIterator]().next();
    await vi.waitFor(() => {
      expect(feed.watching()).toBe(1);
    });
    leave.abort();
    expect(await ended).toMatchObject({ done: true });
    expect(feed.watching()).toBe(0);
  });
});
