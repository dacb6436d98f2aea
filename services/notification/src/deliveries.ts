import { MongoBulkWriteError, type AnyBulkWriteOperation, type Db } from 'mongodb';
import type { Channel } from './channel.ts';
import type { NewsworthyEvent } from './notice.ts';

export type SkipReason = 'TOO_OLD' | 'NO_SUCH_USER' | 'NO_ADDRESS';

export type Settlement =
  | { readonly state: 'SENT' }
  | { readonly state: 'SKIPPED'; readonly reason: SkipReason }
  | { readonly state: 'FAILED'; readonly reason: string };

/** It names an event and neither a person nor an address, so that nothing is left to erase when a user goes. */
export interface DeliveryDocument {
  readonly _id: string;
  readonly eventId: string;
  readonly channel: Channel['name'];
  readonly kind: NewsworthyEvent;
  readonly state: 'PENDING' | Settlement['state'];
  /** Why it was not sent. */
  readonly reason?: string;
  readonly attempts: number;
  /** One process at a time tries; a claim that a crash left ends by itself. */
  readonly claimedUntil?: Date;
  readonly createdAt: Date;
  readonly settledAt?: Date;
  readonly expiresAt: Date;
}

export type Delivery = Pick<DeliveryDocument, 'eventId' | 'channel' | 'kind'> & { readonly id: string };

/** `taken`: it is ours. `busy`: another process tries. `settled`: nothing is left to do. */
export type Claim = 'taken' | 'busy' | 'settled';

/** Each method is one write for all of its deliveries, which differ; answers come in their order. */
export interface Deliveries {
  /** What is taken must be tried now, and closed. */
  claim: (deliveries: readonly Delivery[]) => Promise<readonly Claim[]>;
  /** What is taken is settled at once. */
  skip: (deliveries: readonly (Delivery & { readonly reason: SkipReason })[]) => Promise<readonly Claim[]>;
  /** Ends claims; a delivery without a settlement is to be tried again. */
  close: (
    attempts: readonly { readonly id: string; readonly settlement: Settlement | undefined }[],
  ) => Promise<void>;
}

const duplicateKey = 11_000;

export const deliveriesCollection = 'deliveries';

/** The delivery of an event over a channel; also what the far side knows the message by. */
export const deliveryId = (eventId: string, channel: Channel['name']): string => `${eventId}.${channel}`;

/** A record outlives its event in the streams: without it a repeat would be sent again. */
const keptAfterMaxAgeMs = 30 * 24 * 60 * 60 * 1000;

export interface DeliveriesOptions {
  readonly maxEventAgeMs: number;
  /** Longer than an attempt can take: after it another process sends the same. */
  readonly claimMs: number;
}

export function mongoDeliveries(db: Db, { maxEventAgeMs, claimMs }: DeliveriesOptions): Deliveries {
  const collection = db.collection<DeliveryDocument>(deliveriesCollection);

  async function take<D extends Delivery>(
    deliveries: readonly D[],
    now: Date,
    changeOf: (delivery: D) => Change,
  ): Promise<readonly Claim[]> {
    const expiresAt = new Date(now.getTime() + maxEventAgeMs + keptAfterMaxAgeMs);
    const initial = ({ eventId, channel, kind }: Delivery) => ({
      ...{ eventId, channel, kind },
      ...{ createdAt: now, expiresAt },
    });
    // Nearly all are new, and an insertion costs a fraction of what an update does that inserts.
    const known = await write(
      deliveries.map((delivery) => ({
        insertOne: {
          document: {
            ...{ _id: delivery.id, ...initial(delivery), state: 'PENDING' as const, attempts: 1 },
            ...changeOf(delivery).$set,
          },
        },
      })),
    );
    const again = deliveries.filter((_, index) => known.has(index));
    // Such a record is there and does not match: it is settled, or claimed.
    const kept = await write(
      again.map((delivery) => ({
        updateOne: {
          filter: { _id: delivery.id, state: 'PENDING' as const, claimedUntil: { $not: { $gt: now } } },
          update: { $setOnInsert: initial(delivery), $inc: { attempts: 1 }, ...changeOf(delivery) },
          upsert: true,
        },
      })),
    );
    const ids = new Set(again.filter((_, index) => kept.has(index)).map(({ id }) => id));
    const pending = await pendingAmong([...ids]);
    return deliveries.map(({ id }) => {
      if (!ids.has(id)) return 'taken';
      return pending.has(id) ? 'busy' : 'settled';
    });
  }

  /** @returns the indexes of those that met a duplicate key */
  async function write(
    writes: readonly AnyBulkWriteOperation<DeliveryDocument>[],
  ): Promise<ReadonlySet<number>> {
    if (writes.length === 0) return new Set();
    try {
      await collection.bulkWrite(writes, { ordered: false });
      return new Set();
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      const failures = [error.writeErrors].flat();
      if (failures.length === 0 || !failures.every(({ code }) => code === duplicateKey)) throw error;
      return new Set(failures.map(({ index }) => index));
    }
  }

  async function pendingAmong(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const pending = { _id: { $in: [...ids] }, state: 'PENDING' as const };
    const found = await collection.find(pending, { projection: { _id: 1 } }).toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  return {
    claim(deliveries) {
      const now = new Date();
      const claimedUntil = new Date(now.getTime() + claimMs);
      return take(deliveries, now, () => ({ $set: { claimedUntil } }));
    },
    skip(deliveries) {
      const now = new Date();
      return take(deliveries, now, ({ reason }) => settled({ state: 'SKIPPED', reason }, now));
    },
    async close(attempts) {
      const now = new Date();
      await write(
        attempts.map(({ id, settlement }) => ({
          updateOne: {
            filter: { _id: id, state: 'PENDING' },
            update: settlement ? settled(settlement, now) : { $unset: { claimedUntil: '' } },
          },
        })),
      );
    },
  };
}

interface Change {
  readonly $set: Partial<DeliveryDocument>;
  readonly $unset?: { readonly claimedUntil: '' };
}

const settled = (settlement: Settlement, now: Date): Change => ({
  $set: { ...settlement, settledAt: now },
  $unset: { claimedUntil: '' },
});
