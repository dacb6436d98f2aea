import { randomUUID } from 'node:crypto';
import type { AnyBulkWriteOperation, Collection, Document } from 'mongodb';
import { ensureStream, type EventPublisher, type Nats, type StreamName } from '../nats/index.ts';
import { repeat } from '../run/index.ts';
import { meters, type Logger } from '../telemetry/index.ts';
import { oweStage, type OwedEvent, type Owing } from './owed-event.ts';

export interface OwedEventsOptions {
  readonly nats: Nats;
  readonly publisher: EventPublisher;
  /** The documents that owe. */
  readonly collection: Collection<OwingDocument>;
  /** The streams that the owed events go to; when one was re-created, all that is owed is published at once. */
  readonly streams: readonly StreamName[];
  readonly log: Logger;
  readonly sweepEveryMs?: number;
  /** The pause after the first sweep of a document; it doubles up to 15 minutes. */
  readonly firstRetryMs?: number;
}

export interface OwingDocument extends Owing {
  readonly _id: string;
}

export interface Debt {
  readonly id: string;
  readonly events: readonly OwedEvent[];
}

export interface OwedEvents extends AsyncDisposable {
  /** Publishes what these documents owe, right after their write. It never rejects: what fails is still owed. */
  publish: (debts: readonly Debt[]) => Promise<void>;
}

/** Sparse, so that only documents that owe something are in it. */
export const owedIndex = { key: { owedAt: 1 }, sparse: true, name: 'owed' } as const;

const sweepBatch = 500;
const maxRetryMs = 15 * 60_000;

/** Publishes owed events after their write, and sweeps up what was lost on the way. */
export function publishOwedEvents(options: OwedEventsOptions): OwedEvents {
  const { collection, publisher, log, firstRetryMs = 30_000 } = options;

  async function publishAll(debts: readonly Debt[], fresh: boolean): Promise<void> {
    const stored: { readonly id: string; readonly eventId: string }[] = [];
    const results = await Promise.allSettled(
      debts.flatMap(({ id, events }) =>
        events.map(async (event) => {
          await publisher.publish(event, fresh ? { msgId: randomUUID() } : {});
          if (event.until === 'stored') stored.push({ id, eventId: event.id });
        }),
      ),
    );
    if (stored.length > 0) await collection.bulkWrite(stored.map(settle), { ordered: false });
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** @returns whether there may be more */
  async function sweep(): Promise<boolean> {
    const debts = await claim(collection, firstRetryMs);
    if (debts.length === 0) return false;
    log.info({ documents: debts.length }, 'publishing owed events again');
    meters.owedEvents().add(debts.length, { collection: collection.collectionName });
    await publishAll(debts, true);
    return debts.length === sweepBatch;
  }

  const sweeping = repeat(
    `sweep ${collection.collectionName}`,
    options.sweepEveryMs ?? 1_000,
    log,
    async (signal) => {
      await callDebtsAfterRecreation(options);
      while (!signal.aborted && (await sweep()));
    },
  );

  return {
    async publish(debts) {
      try {
        await publishAll(debts, false);
      } catch (error) {
        log.warn({ err: error }, 'could not publish; the events are still owed');
        // Due at once: the sweeper claims nothing before the streams answer again.
        const ids = debts.map(({ id }) => id);
        await collection
          .updateMany({ _id: { $in: ids }, owedAt: { $exists: true } }, [{ $set: { owedAt: '$$NOW' } }])
          .catch(() => undefined);
      }
    },
    [Symbol.asyncDispose]: () => sweeping[Symbol.asyncDispose](),
  };
}

const settle = ({ id, eventId }: { readonly id: string; readonly eventId: string }) =>
  ({
    updateOne: { filter: { _id: id }, update: oweStage({ remove: { $eq: ['$$event.id', eventId] } }) },
  }) as AnyBulkWriteOperation<OwingDocument>;

/** Takes due documents for this replica: their next turn moves away by the database's clock, and a claim names who did it. */
async function claim(collection: Collection<OwingDocument>, firstRetryMs: number): Promise<Debt[]> {
  const { localTime } = await collection.db.admin().command({ hello: 1 });
  const due = await collection
    .find(
      { owedAt: { $lte: localTime as Date } },
      { projection: { _id: 1 }, sort: { owedAt: 1 }, limit: sweepBatch },
    )
    .toArray();
  if (due.length === 0) return [];
  const token = randomUUID();
  const ids = due.map(({ _id }) => _id);
  const backoff = {
    $min: [{ $multiply: [firstRetryMs, { $pow: [2, { $ifNull: ['$owedAttempts', 0] }] }] }, maxRetryMs],
  };
  await collection.updateMany({ _id: { $in: ids }, owedAt: { $lte: localTime as Date } }, [
    {
      $set: {
        owedAt: { $add: ['$$NOW', backoff] },
        owedAttempts: { $add: [{ $ifNull: ['$owedAttempts', 0] }, 1] },
        owedClaim: token,
      },
    },
  ] as Document[]);
  const claimed = await collection
    .find({ _id: { $in: ids }, owedClaim: token } as Document, { projection: { owed: 1 } })
    .toArray();
  return claimed.map(({ _id, owed }) => ({ id: _id, events: owed }));
}

/**
 * A stream that was made anew has lost what it held: all debts are due at once. When each stream was made is kept in the
 * database, so that a loss while no replica ran is seen as well.
 */
async function callDebtsAfterRecreation({
  nats,
  collection,
  streams,
  log,
}: OwedEventsOptions): Promise<void> {
  const known = collection.db.collection<{ readonly _id: StreamName; readonly created: string }>('streams');
  const admin = await nats.admin();
  for (const stream of streams) {
    const created = await ensureStream(admin, stream);
    const before = await known.findOne({ _id: stream });
    if (before?.created === created) continue;
    if (before) {
      log.warn({ stream }, 'the stream was re-created: all owed events are due');
      await collection.updateMany({ owedAt: { $exists: true } }, [
        { $set: { owedAt: '$$NOW', owedAttempts: 0 } },
      ]);
    }
    // Last, so that a crash in between calls the debts again.
    await known.updateOne({ _id: stream }, { $set: { created } }, { upsert: true });
  }
}
