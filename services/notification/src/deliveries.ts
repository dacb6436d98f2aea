import type { Db } from 'mongodb';
import { isDuplicateKey } from '@tradewind/shared/mongo';
import type { Channel } from './channel.ts';
import type { NewsworthyEvent } from './notice.ts';

export type Settlement =
  | { readonly state: 'SENT' }
  | { readonly state: 'SKIPPED'; readonly reason: 'TOO_OLD' | 'NO_SUCH_USER' | 'NO_ADDRESS' }
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

export interface Deliveries {
  /** `claimed`: try now, then settle or release. `busy`: another process tries. `settled`: nothing is left to do. */
  claim: (
    delivery: Pick<DeliveryDocument, 'eventId' | 'channel' | 'kind'> & { readonly id: string },
  ) => Promise<'claimed' | 'busy' | 'settled'>;
  settle: (id: string, settlement: Settlement) => Promise<void>;
  release: (id: string) => Promise<void>;
}

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

  return {
    async claim({ id, ...delivery }) {
      const now = Date.now();
      const created = {
        ...delivery,
        createdAt: new Date(now),
        expiresAt: new Date(now + maxEventAgeMs + keptAfterMaxAgeMs),
      };
      try {
        await collection.updateOne(
          { _id: id, state: 'PENDING', claimedUntil: { $not: { $gt: new Date(now) } } },
          {
            $setOnInsert: created,
            $set: { claimedUntil: new Date(now + claimMs) },
            $inc: { attempts: 1 },
          },
          { upsert: true },
        );
        return 'claimed';
      } catch (error) {
        // The record is there and does not match: it is settled, or claimed.
        if (!isDuplicateKey(error)) throw error;
        const known = await collection.findOne({ _id: id }, { projection: { state: 1 } });
        return known?.state === 'PENDING' ? 'busy' : 'settled';
      }
    },
    async settle(id, settlement) {
      await collection.updateOne(
        { _id: id, state: 'PENDING' },
        { $set: { ...settlement, settledAt: new Date() }, $unset: { claimedUntil: '' } },
      );
    },
    async release(id) {
      await collection.updateOne({ _id: id, state: 'PENDING' }, { $unset: { claimedUntil: '' } });
    },
  };
}
