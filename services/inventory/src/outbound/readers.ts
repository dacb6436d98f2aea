import { setTimeout as delay } from 'node:timers/promises';
import type { AnyBulkWriteOperation } from 'mongodb';
import { newId } from '@tradewind/shared/ids';
import { toJson, type EventType, type Nats, type OutgoingEvent } from '@tradewind/shared/nats';
import { inParts, noticeStreamLoss } from '@tradewind/shared/outbox';
import type { VersionedCache } from '@tradewind/shared/redis';
import { repeat } from '@tradewind/shared/run';
import type { Logger } from '@tradewind/shared/telemetry';
import { revisionOf, type Product } from '../domain/product.ts';
import { toProduct, toTellIndex, type Collections, type ProductDocument } from './collections.ts';
import { lastValues, type LastValues } from './last-values.ts';

export interface ReadersOptions {
  readonly collections: Collections;
  readonly nats: Nats;
  readonly cache: VersionedCache<Product>;
  readonly log: Logger;
  /** How long `tell` has after a change before the sweeper takes over. */
  readonly afterMs: number;
  /** Changes that follow others gather for this long: of many of one product, readers need the last. */
  readonly gatherMs?: number | undefined;
  readonly sweepEveryMs?: number;
}

export interface Readers extends AsyncDisposable {
  /** When the sweeper takes over what changes now: the `tellAt` of its write. */
  readonly sweepAt: () => Date;
  /** Tells readers of these products what the database has now: soon, once for many changes, and surely. */
  tell: (productIds: Iterable<string>) => void;
}

const batchSize = 200;

/** Keeps the cache and the last-value streams (product.state, stock.level) up with the database. */
export function tellReaders(options: ReadersOptions): Readers {
  const { cache, log, nats, afterMs, gatherMs = 0 } = options;
  const { products } = options.collections;
  const values = lastValues(nats, 'inventory');
  const waiting = new Set<string>();
  let working: Promise<void> | undefined;
  const closing = new AbortController();

  /** @returns the products of which somebody else published meanwhile: they are to be read again */
  async function tellBatch(
    ids: readonly string[],
    learn: LastValues['learn'] = values.learn,
  ): Promise<ReadonlySet<string>> {
    const learned = await Promise.allSettled(
      ids.flatMap((subjectId) => [
        learn({ type: 'product.state', subjectId }),
        learn({ type: 'stock.level', subjectId }),
      ]),
    );
    const documents = await products.find({ _id: { $in: [...ids] } }).toArray();
    // Before the streams, since who hears of a change reads it there; and also while the streams are away.
    await cache.put(documents.map(toProduct).map(toEntry));
    const failed = learned.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const overtaken = await Promise.all(
      documents.map(async (document) => {
        const published = await Promise.all([
          values.publish(stateOf(document), document.version),
          values.publish(levelOf(document), document.sequence),
        ]);
        return published.every(Boolean) ? [] : [document._id];
      }),
    );
    return new Set(overtaken.flat());
  }

  async function work(): Promise<void> {
    while (waiting.size > 0) {
      const ids = [...waiting].slice(0, batchSize);
      for (const id of ids) waiting.delete(id);
      try {
        for (const id of await tellBatch(ids)) waiting.add(id);
      } catch (error) {
        log.warn({ err: error }, 'could not tell readers; the sweeper will');
        if (closing.signal.aborted) return;
      }
      if (waiting.size < batchSize)
        await delay(gatherMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  function tell(productIds: Iterable<string>): void {
    for (const id of productIds) waiting.add(id);
    if (waiting.size === 0 || closing.signal.aborted) return;
    working ??= work().finally(() => {
      working = undefined;
      // Those that came when the work was just done.
      tell([]);
    });
  }

  async function sweep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await products
        .find(isDue, { sort: { tellAt: 1 }, limit: batchSize, hint: toTellIndex.name })
        .toArray();
      if (due.length === 0) return;
      const overtaken = await tellBatch(
        due.map(({ _id }) => _id),
        values.relearn,
      );
      const writes = due.map((document) => ended(document, !overtaken.has(document._id), afterMs));
      await products.bulkWrite(writes, { ordered: false });
    }
  }

  const fillAgain = (signal: AbortSignal) =>
    inParts(products.find({}, { projection: { _id: 1 }, sort: { _id: 1 }, signal }), (part) =>
      products.updateMany({ _id: { $in: part.map(({ _id }) => _id) } }, [{ $set: { tellAt: '$$NOW' } }]),
    );

  const { sweepEveryMs = 1_000 } = options;
  const sweeping = repeat('tell readers', sweepEveryMs, log, sweep);
  // Apart, since a sweep may take long when many products are busy.
  const noticing = repeat('notice that a stream of products was lost', sweepEveryMs, log, (signal) =>
    noticeStreamLoss({
      nats,
      db: products.db,
      streams: ['PRODUCTS', 'LEVELS'],
      onLoss: () => fillAgain(signal),
      log,
    }),
  );

  return {
    sweepAt: () => new Date(Date.now() + afterMs),
    tell,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all([noticing[Symbol.asyncDispose](), sweeping[Symbol.asyncDispose]()]);
      await working;
    },
  };
}

/** By the database's clock. */
const isDue = { tellAt: { $exists: true }, $expr: { $lte: ['$tellAt', '$$NOW'] } };

const toEntry = (value: Product) => ({ id: value.id, version: revisionOf(value), value });

/** What has changed since it was read comes again later. */
const ended = (
  { _id, tellAt, version, sequence }: ProductDocument,
  isTold: boolean,
  afterMs: number,
): AnyBulkWriteOperation<ProductDocument> => {
  const isSame = { $and: [isTold, { $eq: ['$version', version] }, { $eq: ['$sequence', sequence] }] };
  const later = { $add: ['$$NOW', afterMs] };
  return {
    updateOne: {
      filter: { _id, tellAt: tellAt as Date },
      update: [{ $set: { tellAt: { $cond: [isSame, '$$REMOVE', later] } } }],
    },
  };
};

const event = (type: EventType, subjectId: string, data: object): OutgoingEvent => ({
  id: newId(),
  type,
  subjectId,
  data,
  time: new Date(),
});

function stateOf({ _id, version, sku, name, category, price, archived }: ProductDocument): OutgoingEvent {
  const { currency, amount: unitPrice } = price;
  const state = { productId: _id, version, sku, name, category, currency, unitPrice, archived };
  return event('product.state', _id, toJson('product.state', state));
}

function levelOf({ _id, sku, onHand, sequence }: ProductDocument): OutgoingEvent {
  return event('stock.level', _id, toJson('stock.level', { productId: _id, sku, onHand, version: sequence }));
}
