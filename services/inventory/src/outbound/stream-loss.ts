import { ensureStream, type Nats } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { Collections } from './collections.ts';

export interface StreamLossOptions {
  readonly collections: Collections;
  readonly nats: Nats;
  readonly log: Logger;
}

interface StreamDocument {
  readonly _id: string;
  readonly created: string;
  /** The last sequence before the stream was last seen emptied. */
  readonly emptiedAt?: number;
}

/**
 * Notices that a last-value stream was made anew or emptied: it is filled from the database, all products are due. What was
 * seen is kept in the database too, so that a loss while no replica ran is seen as well.
 *
 * @returns a check that calls `onLoss` before the products are due, and for a stream seen for the first time
 */
export function detectStreamLoss(
  { collections, nats, log }: StreamLossOptions,
  onLoss: () => void,
): () => Promise<void> {
  const { products } = collections;
  const known = products.db.collection<StreamDocument>('streams');
  const seen = new Map<string, string>();
  return async () => {
    const admin = await nats.admin();
    for (const stream of ['PRODUCTS', 'LEVELS'] as const) {
      const created = await ensureStream(admin, stream);
      const { messages, last_seq: last } = (await admin.streams.info(stream)).state;
      const emptiedAt = messages === 0 ? last : 0;
      const state = `${created} ${emptiedAt}`;
      if (seen.get(stream) === state) continue;
      onLoss();
      const before = await known.findOne({ _id: stream });
      const isLoss =
        before && (before.created !== created || (emptiedAt > 0 && before.emptiedAt !== emptiedAt));
      if (isLoss) {
        log.warn({ stream }, 'the stream was lost: it is filled again');
        await products.updateMany({}, [{ $set: { tellAt: '$$NOW' } }]);
      }
      // Last, so that a crash in between fills it again.
      await known.updateOne(
        { _id: stream },
        { $set: { created, ...(emptiedAt > 0 ? { emptiedAt } : {}) } },
        { upsert: true },
      );
      seen.set(stream, state);
    }
  };
}
