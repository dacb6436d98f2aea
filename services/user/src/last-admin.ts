import type { ClientSession, Db } from 'mongodb';
import { TradewindError } from '@tradewind/shared/errors';
import type { User } from './user.ts';

export interface Guard {
  readonly _id: string;
  readonly changes: number;
}

/** Made by the migration: within a transaction two upserts would collide instead of conflict. */
export const adminGuard = 'admins';

/**
 * Checks, in the transaction that takes an admin away, that another one stays. Such transactions meet at the guard, so
 * that two admins cannot each count on the other while both go.
 * @throws TradewindError ILLEGAL_STATE
 */
export async function requireAnotherAdmin(db: Db, userId: string, session: ClientSession): Promise<void> {
  await db.collection<Guard>('guards').updateOne({ _id: adminGuard }, { $inc: { changes: 1 } }, { session });
  const another = await db
    .collection<User>('users')
    .findOne({ role: 'admin', _id: { $ne: userId } }, { projection: { _id: 1 }, session });
  if (!another) throw new TradewindError('ILLEGAL_STATE', 'the last admin must stay one');
}
