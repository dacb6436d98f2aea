import type { AnyBulkWriteOperation } from 'mongodb';
import { newId } from '@tradewind/shared/ids';
import { ensureStream, toJson, type EventType, type Nats, type OutgoingEvent } from '@tradewind/shared/nats';
import type { VersionedCache } from '@tradewind/shared/redis';
import { repeat } from '@tradewind/shared/run';
import type { Logger } from '@tradewind/shared/telemetry';
import { revisionOf, type Product } from '../domain/product.ts';
import { toProduct, type Collections, type ProductDocument } from './collections.ts';
import { lastValues } from './last-values.ts';
import { tellWithinMs } from './stock-store.ts';

export interface ReadersOptions {
  readonly collections: Collections;
  readonly nats: Nats;
  readonly cache: VersionedCache<Product>;
  readonly log: Logger;
  readonly sweepEveryMs?: number;
}

export interface Readers extends AsyncDisposable {
  /** Tells readers of these products what the database has now: soon, once for many changes, and surely. */
  tell: (productIds: Iterable<string>) => void;
}

const batchSize = 200;

/** Keeps the cache and the last-value streams (product.state, stock.level) up with the database. */
export function tellReaders(options: ReadersOptions): Readers {
  const { cache, log } = options;
  const { products } = options.collections;
  const values = lastValues(options.nats, 'inventory');
  const waiting = new Set<string>();
  let working: Promise<void> | undefined;

  /** @returns the products that readers know as they are now; the others are to be read again */
  async function tellBatch(ids: readonly string[]): Promise<ProductDocument[]> {
    await Promise.all(
      ids.flatMap((subjectId) => [
        values.learn({ type: 'product.state', subjectId }),
        values.learn({ type: 'stock.level', subjectId }),
      ]),
    );
    const documents = await products.find({ _id: { $in: [...ids] } }).toArray();
    const entries = documents
      .map(toProduct)
      .map((value) => ({ id: value.id, version: revisionOf(value), value }));
    // First the cache: who hears of a change reads it there.
    await cache.put(entries);
    const told = await Promise.all(
      documents.map(async (document) => {
        const published = await Promise.all([
          values.publish(stateOf(document), document.version),
          values.publish(levelOf(document), document.sequence),
        ]);
        return published.every(Boolean) ? [document] : [];
      }),
    );
    return told.flat();
  }

  async function work(): Promise<void> {
    while (waiting.size > 0) {
      const ids = [...waiting].slice(0, batchSize);
      for (const id of ids) waiting.delete(id);
      const told = new Set((await tellBatch(ids)).map(({ _id }) => _id));
      for (const id of ids) if (!told.has(id)) waiting.add(id);
    }
  }

  function tell(productIds: Iterable<string>): void {
    for (const id of productIds) waiting.add(id);
    working ??= work()
      .catch((error: unknown) => {
        waiting.clear();
        log.warn({ err: error }, 'could not tell readers; the sweeper will');
      })
      .finally(() => {
        working = undefined;
      });
  }

  async function sweep(): Promise<void> {
    const { localTime } = await products.db.admin().command({ hello: 1 });
    for (;;) {
      const due = await products
        .find({ tellAt: { $lte: localTime as Date } }, { sort: { tellAt: 1 }, limit: batchSize })
        .toArray();
      if (due.length === 0) return;
      const told = await tellBatch(due.map(({ _id }) => _id));
      const writes = due.map((document) =>
        told.some(({ _id }) => _id === document._id) ? done(document) : later(document),
      );
      await products.bulkWrite(writes, { ordered: false });
    }
  }

  const noticeLoss = lossDetector(options, () => {
    values.clear();
  });
  const sweeping = repeat('tell readers', options.sweepEveryMs ?? 1_000, log, async () => {
    await noticeLoss();
    await sweep();
  });

  return {
    tell,
    async [Symbol.asyncDispose]() {
      await sweeping[Symbol.asyncDispose]();
      await working;
    },
  };
}

/** Both guarded by the time read, so that a change that came meanwhile keeps its own. */
const done = ({ _id, tellAt }: ProductDocument): AnyBulkWriteOperation<ProductDocument> => ({
  updateOne: { filter: { _id, tellAt: tellAt as Date }, update: { $unset: { tellAt: '' } } },
});

const later = ({ _id, tellAt }: ProductDocument): AnyBulkWriteOperation<ProductDocument> => ({
  updateOne: {
    filter: { _id, tellAt: tellAt as Date },
    update: [{ $set: { tellAt: { $add: ['$$NOW', tellWithinMs] } } }],
  },
});

/**
 * A stream that was made anew is filled from the database: all products are due. When each was made is kept in the
 * database too, so that a loss while no replica ran is seen as well.
 */
function lossDetector({ collections, nats, log }: ReadersOptions, forget: () => void): () => Promise<void> {
  const { products } = collections;
  const known = products.db.collection<{ readonly _id: string; readonly created: string }>('streams');
  const seen = new Map<string, string>();
  return async () => {
    const admin = await nats.admin();
    for (const stream of ['PRODUCTS', 'LEVELS'] as const) {
      const created = await ensureStream(admin, stream);
      if (seen.get(stream) === created) continue;
      forget();
      const before = await known.findOne({ _id: stream });
      if (before && before.created !== created) {
        log.warn({ stream }, 'the stream was re-created: it is filled again');
        await products.updateMany({}, [{ $set: { tellAt: '$$NOW' } }]);
      }
      // Last, so that a crash in between fills it again.
      await known.updateOne({ _id: stream }, { $set: { created } }, { upsert: true });
      seen.set(stream, created);
    }
  };
}

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
