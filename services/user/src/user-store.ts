import type { Role } from '@tradewind/shared/auth';
import { TradewindError } from '@tradewind/shared/errors';
import { isDuplicateKey, maxPageMs, transact, type Mongo } from '@tradewind/shared/mongo';
import { owing, type OwedEvents } from '@tradewind/shared/outbox';
import { requireAnotherAdmin } from './last-admin.ts';
import { erased, newStamp, type ErasedUser, type User } from './user.ts';

/** What a user changes of their profile; an empty name or phone is taken away. */
export interface ProfileChange {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
}

export interface PasswordChange {
  readonly passwordHash: string;
  /** The stamp of the user whose current password was checked. */
  readonly under: string;
  /** The session that goes on, if one does. */
  readonly keptSession: string | undefined;
}

export interface UserStore {
  /** @throws TradewindError ALREADY_EXISTS naming the field that is taken */
  insert: (user: User) => Promise<void>;
  find: (id: string) => Promise<User | undefined>;
  /** In no order, without those who are gone. */
  findAll: (ids: readonly string[]) => Promise<User[]>;
  /** By normalised e-mail or user name. */
  findByLogin: (login: string) => Promise<User | undefined>;
  haveAdmin: () => Promise<boolean>;
  /** In the order of registration. */
  list: (query: { readonly after: string; readonly limit: number }) => Promise<User[]>;
  /** @throws TradewindError NOT_FOUND, ALREADY_EXISTS, or VERSION_CONFLICT when the password was changed meanwhile */
  update: (id: string, change: ProfileChange, password?: PasswordChange) => Promise<User>;
  /** Stores the same password under a hash of the present cost. */
  upgradeHash: (user: User, passwordHash: string) => Promise<void>;
  /** @throws TradewindError NOT_FOUND, or ILLEGAL_STATE for the last admin */
  setRole: (id: string, role: Role) => Promise<User>;
  /** Repeated, it answers the same. @throws TradewindError NOT_FOUND, or ILLEGAL_STATE for the last admin */
  erase: (id: string) => Promise<ErasedUser>;
}

export function userStore({ client, db }: Mongo, { sweepAt }: Pick<OwedEvents, 'sweepAt'>): UserStore {
  const users = db.collection<User>('users');
  const erasedUsers = db.collection<ErasedUser>('users');
  const alive = (id: string) => ({ _id: id, deletedAt: { $exists: false } });

  return {
    async insert(user) {
      await users.insertOne({ ...user, ...owing(user.owed, sweepAt()) }).catch(refuseTaken);
    },
    async find(id) {
      return (await users.findOne(alive(id))) ?? undefined;
    },
    async findAll(ids) {
      return await users.find({ _id: { $in: [...ids] }, deletedAt: { $exists: false } }).toArray();
    },
    async findByLogin(login) {
      return (await users.findOne(login.includes('@') ? { email: login } : { username: login })) ?? undefined;
    },
    async haveAdmin() {
      return (await users.findOne({ role: 'admin' }, { projection: { _id: 1 } })) !== null;
    },
    async list({ after, limit }) {
      return await users
        .find(
          { _id: { $gt: after }, deletedAt: { $exists: false } },
          { sort: { _id: 1 }, limit, maxTimeMS: maxPageMs },
        )
        .toArray();
    },
    async update(id, change, password) {
      const { set, unset } = fieldsOf(change, password);
      const filter = password ? { ...alive(id), securityStamp: password.under } : alive(id);
      const update = { $set: set, $unset: unset, $inc: { version: 1 } };
      const user = await users
        .findOneAndUpdate(filter, update, { returnDocument: 'after' })
        .catch(refuseTaken);
      if (user) return user;
      if (password) throw new TradewindError('VERSION_CONFLICT', 'the password was changed meanwhile');
      throw unknownUser(id);
    },
    async upgradeHash({ _id, passwordHash: present }, passwordHash) {
      await users.updateOne({ _id, passwordHash: present }, { $set: { passwordHash } });
    },
    setRole: (id, role) =>
      transact(client, async (session) => {
        const user = await users.findOne(alive(id), { session });
        if (!user) throw unknownUser(id);
        if (user.role === role) return user;
        if (user.role === 'admin') await requireAnotherAdmin(db, id, session);
        const update = {
          $set: { role, securityStamp: newStamp() },
          $unset: { keptSession: '' as const },
          $inc: { version: 1 },
        };
        const changed = await users.findOneAndUpdate({ _id: id }, update, {
          session,
          returnDocument: 'after',
        });
        if (!changed) throw unknownUser(id);
        return changed;
      }),
    erase: (id) =>
      transact(client, async (session) => {
        const user = await users.findOne(alive(id), { session });
        if (!user) {
          const gone = await erasedUsers.findOne({ _id: id }, { session });
          if (!gone) throw unknownUser(id);
          return gone;
        }
        if (user.role === 'admin') await requireAnotherAdmin(db, id, session);
        const gone = erased(user);
        // A whole replacement: a field added later is erased too.
        await erasedUsers.replaceOne({ _id: id }, { ...gone, ...owing(gone.owed, sweepAt()) }, { session });
        return gone;
      }),
  };
}

export function unknownUser(id: string): TradewindError {
  return new TradewindError('NOT_FOUND', `there is no user ${id}`);
}

function fieldsOf(change: ProfileChange, password: PasswordChange | undefined) {
  const wanted = Object.entries({ ...change, ...(password ? secretsOf(password) : {}) });
  const filled = wanted.filter(([, value]) => value !== undefined && value !== '');
  const emptied = wanted.filter(([, value]) => value === '');
  return {
    set: Object.fromEntries(filled),
    unset: Object.fromEntries(emptied.map(([name]) => [name, '' as const])),
  };
}

const secretsOf = ({ passwordHash, keptSession = '' }: PasswordChange) => ({
  passwordHash,
  securityStamp: newStamp(),
  keptSession,
});

function refuseTaken(error: unknown): never {
  if (!isDuplicateKey(error)) throw error;
  const pattern = error['keyPattern'] as Record<string, unknown> | undefined;
  const field = pattern && 'username' in pattern ? 'username' : 'email';
  throw new TradewindError('ALREADY_EXISTS', `this ${field} is taken`, {
    fields: [{ field, message: 'is taken' }],
    cause: error,
  });
}
