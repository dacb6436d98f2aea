import { randomUUID } from 'node:crypto';
import type { Collection, Document } from 'mongodb';
import { eventTypes, streamsAnswer, type EventPublisher, type Nats, type StreamName } from '../nats/index.ts';
import { repeat } from '../run/index.ts';
import { meters, type Logger } from '../telemetry/index.ts';
import { inParts } from './in-parts.ts';
import { oweStage, type OwedEvent, type Owing } from './owed-event.ts';
import { noticeStreamLoss } from './stream-loss.ts';

export interface OwedEventsOptions {
  readonly nats: Nats;
  readonly publisher: EventPublisher;
  /** The documents that owe. */
  readonly collection: Collection<OwingDocument>;
  /** The streams that the owed events go to; when one was lost, all that is owed is published at once. */
  readonly streams: readonly StreamName[];
  readonly log: Logger;
  /** How long the direct publication after a write has before the sweeper takes over. */
  readonly afterMs: number;
  /** The pause after the first sweep of a document; it doubles up to 15 minutes. */
  readonly retryMs: number;
  readonly sweepEveryMs?: number;
}

export interface OwingDocument extends Owing {
  readonly _id: string;
}

export interface Debt {
  readonly id: string;
  readonly events: readonly OwedEvent[];
}

export interface OwedEvents extends AsyncDisposable {
  /** When the sweeper takes over what is owed from now on. */
  readonly sweepAt: () => Date;
  /** Publishes what these documents owe, right after their write. It never rejects: what fails is still owed. */
  publish: (debts: readonly Debt[]) => Promise<void>;
}

/** Sparse, so that only documents that owe something are in it. MongoDB uses it for an expression only where a query names it. */
export const owedIndex = { key: { owedAt: 1 }, sparse: true, name: 'owed' } as const;

const sweepBatch = 500;
/** The `owedAt` of what was called: due, and before all that is still to be called. */
const called = new Date(0);
const maxRetryMs = 15 * 60_000;

/** Publishes owed events after their write, and sweeps up what was lost on the way. */
export function publishOwedEvents(options: OwedEventsOptions): OwedEvents {
  const { collection, publisher, log } = options;
  const sweepAt = () => new Date(Date.now() + options.afterMs);

  /** The documents without the events that were stored, in one write. */
  async function settle(stored: ReadonlyMap<string, string>): Promise<void> {
    if (stored.size === 0) return;
    await collection.updateMany(
      { _id: { $in: [...new Set(stored.values())] } },
      oweStage({ remove: { $in: ['$$event.id', { $literal: [...stored.keys()] }] } }, sweepAt()),
    );
  }

  async function publishAll(debts: readonly Debt[], fresh: boolean): Promise<void> {
    const stored = new Map<string, string>();
    const results = await Promise.allSettled(
      debts.flatMap(({ id, events }) =>
        events.map(async (event) => {
          await publisher.publish({ version: 1, ...event }, fresh ? { msgId: randomUUID() } : {});
          if (event.until === 'stored') stored.set(event.id, id);
        }),
      ),
    );
    await settle(stored);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** @returns whether there may be more */
  async function sweep(): Promise<boolean> {
    const debts = await claim(collection, options.retryMs);
    if (debts.length === 0) return false;
    log.info({ documents: debts.length }, 'publishing owed events again');
    meters.owedEvents().add(debts.length, { collection: collection.collectionName });
    await publishAll(debts, true);
    return debts.length === sweepBatch;
  }

  /** From the latest downwards, so that it ends although the sweeper moves up again what was called. */
  const callAllDebts = (signal: AbortSignal) =>
    inParts(
      collection.find({ owedAt: { $gt: called } }, { projection: { _id: 1 }, sort: { owedAt: -1 }, signal }),
      (debts) =>
        collection.updateMany(
          { _id: { $in: debts.map(({ _id }) => _id) }, owedAt: { $gt: called } },
          { $set: { owedAt: called, owedAttempts: 0 } },
        ),
    );

  const { sweepEveryMs = 1_000 } = options;
  const sweeping = repeat(`sweep ${collection.collectionName}`, sweepEveryMs, log, async (signal) => {
    // Each claim makes the pause before the next one longer: none is made while a stream is away.
    await streamsAnswer(await options.nats.admin(), options.streams);
    while (!signal.aborted && (await sweep()));
  });
  // Apart, since what is due does not wait for all that was lost.
  const noticing = repeat(
    `notice that a stream of ${collection.collectionName} was lost`,
    sweepEveryMs,
    log,
    (signal) => noticeStreamLoss({ ...options, db: collection.db, onLoss: () => callAllDebts(signal) }),
  );

  return {
    sweepAt,
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
    async [Symbol.asyncDispose]() {
      await Promise.all([noticing[Symbol.asyncDispose](), sweeping[Symbol.asyncDispose]()]);
    },
  };
}

/** This release cannot publish it: only a newer one knows the type, or the version. */
const isNewer = {
  $nor: Object.entries(eventTypes).map(([type, { version }]) => ({
    type,
    version: { $not: { $gt: version } },
  })),
};

/** By the database's clock. What owes a newer event waits for a newer release, and is not put off meanwhile. */
const isDue = {
  owedAt: { $exists: true },
  $expr: { $lte: ['$owedAt', '$$NOW'] },
  owed: { $not: { $elemMatch: isNewer } },
};

/** Takes due documents for this replica: their next turn moves away by the database's clock, and a claim names who did it. */
async function claim(collection: Collection<OwingDocument>, retryMs: number): Promise<Debt[]> {
  const due = await collection
    .find(isDue, { projection: { _id: 1 }, sort: { owedAt: 1 }, limit: sweepBatch, hint: owedIndex.name })
    .toArray();
  if (due.length === 0) return [];
  const token = randomUUID();
  const ids = due.map(({ _id }) => _id);
  const backoff = {
    $min: [{ $multiply: [retryMs, { $pow: [2, { $ifNull: ['$owedAttempts', 0] }] }] }, maxRetryMs],
  };
  await collection.updateMany({ _id: { $in: ids }, ...isDue }, [
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
