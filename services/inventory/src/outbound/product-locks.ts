import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientSession, Document, MongoClient } from 'mongodb';
import { ContentionError } from '@tradewind/shared/errors';
import { transact } from '@tradewind/shared/mongo';
import type { Level } from '../domain/stock.ts';
import type { Collections } from './collections.ts';
import { readLevels } from './levels.ts';
import type { Readers } from './readers.ts';

/**
 * Locks products until the transaction ends, and reads them. Writing first is the way to lock in MongoDB: from here on
 * whoever else wants them has to start again.
 */
export type LockProducts = (ids: readonly string[]) => Promise<ReadonlyMap<string, Level>>;

export interface ProductLocksOptions {
  /** A claim ends by itself after this long, so that a process that died blocks nobody for ever. */
  readonly claimMs: number;
  readonly sweepAt: Readers['sweepAt'];
}

/** Runs a transaction on products; see transact. @throws ContentionError */
export type OnProducts = <T>(work: (session: ClientSession, lock: LockProducts) => Promise<T>) => Promise<T>;

const attemptsBeforeClaim = 8;
const attemptsToClaim = 1_000;

/**
 * Transactions on one document do not queue in MongoDB: who comes second is aborted. One over many busy products would be
 * second for ever; so after some attempts it claims them, one after the other, and everybody else leaves them alone until
 * it is through.
 */
export function productLocks(
  client: MongoClient,
  products: Collections['products'],
  { claimMs, sweepAt }: ProductLocksOptions,
): OnProducts {
  async function lock(
    ids: readonly string[],
    session: ClientSession,
    claimant?: string,
  ): Promise<ReadonlyMap<string, Level>> {
    if (ids.length === 0) return new Map();
    // A time that is there stays: to change an indexed field is to make the keys of all indexes anew, those of every word too.
    const { matchedCount } = await products.updateMany(
      { _id: { $in: [...ids] }, ...notClaimed(claimant) },
      { $inc: { locks: 1 }, $min: { tellAt: sweepAt() } },
      { session },
    );
    const levels = await readLevels(products, ids, { session });
    if (matchedCount < levels.size) throw new ContentionError();
    return levels;
  }

  /** All in the same order, so that no two wait for each other. */
  async function claim(ids: Iterable<string>, claimant: string): Promise<void> {
    for (const _id of [...ids].sort()) {
      for (let attempt = 1; ; attempt += 1) {
        const { matchedCount } = await products.updateOne({ _id, ...notClaimed(claimant) }, [
          { $set: { claim: { by: claimant, until: { $add: ['$$NOW', claimMs] } } } },
        ]);
        if (matchedCount === 1 || !(await products.findOne({ _id }, { projection: { _id: 1 } }))) break;
        if (attempt === attemptsToClaim) throw new ContentionError();
        await delay(20 * Math.random());
      }
    }
  }

  return async (work) => {
    let wanted: readonly string[] = [];
    try {
      const attempt = (session: ClientSession) =>
        work(session, (ids) => {
          wanted = ids;
          return lock(ids, session);
        });
      return await transact(client, attempt, attemptsBeforeClaim);
    } catch (error) {
      if (!(error instanceof ContentionError)) throw error;
    }
    const claimant = randomUUID();
    try {
      await claim(wanted, claimant);
      return await transact(client, (session) => work(session, (ids) => lock(ids, session, claimant)));
    } finally {
      // What this does not reach ends with its lease.
      await products
        .updateMany({ _id: { $in: [...wanted] }, 'claim.by': claimant }, { $unset: { claim: '' } })
        .catch(() => undefined);
    }
  };
}

/** By the database's clock, like the claims. */
const notClaimed = (claimant: string | undefined): Document => ({
  $expr: {
    $or: [
      { $not: [{ $gt: ['$claim.until', '$$NOW'] }] },
      ...(claimant === undefined ? [] : [{ $eq: ['$claim.by', claimant] }]),
    ],
  },
});
