import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { Role as ProtoRole, type UserProfile } from '@tradewind/proto/user/v1/user';
import type { Role } from '@tradewind/shared/auth';
import { invalid } from '@tradewind/shared/errors';
import { owe, type Owing } from '@tradewind/shared/outbox';

/** A user as stored. */
export interface User extends Owing {
  /** UUIDv7, so that users sort by their registration. */
  readonly _id: string;
  /** Grows with each change of what a profile shows. */
  readonly version: number;
  readonly email?: string | undefined;
  readonly username?: string | undefined;
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly role: Role;
  readonly passwordHash: string;
  /**
   * Another one with each change of password or role. A session keeps the stamp that it was opened under, and ends at its
   * next refresh when that is no longer the user's, whatever became of its revocation.
   */
  readonly securityStamp: string;
  /** The session that changed the password, which goes on under its old stamp. */
  readonly keptSession?: string;
  readonly createdAt: Date;
}

/** What stays of a deleted user: nothing personal. */
export interface ErasedUser extends Owing {
  readonly _id: string;
  readonly version: number;
  readonly deletedAt: Date;
}

export type NewUser = Pick<User, 'email' | 'username' | 'name' | 'phone' | 'role' | 'passwordHash'>;

/** A user that owes `user.created`. */
export function newUser(details: NewUser): User {
  const id = randomUUIDv7();
  return {
    _id: id,
    version: 1,
    ...details,
    securityStamp: newStamp(),
    createdAt: new Date(),
    owed: [owe('user.created', { userId: id }, 'stored')],
  };
}

export function erased(user: User): ErasedUser {
  const owed = [...user.owed, owe('user.deleted', { userId: user._id }, 'stored')];
  return { _id: user._id, version: user.version + 1, deletedAt: new Date(), owed };
}

export const newStamp = (): string => randomUUID();

/** Whether a session still stands for what the user may do. */
export function mayContinue(user: User, session: { readonly id: string; readonly stamp: string }): boolean {
  return session.stamp === user.securityStamp || session.id === user.keptSession;
}

export function toProfile(user: User): UserProfile {
  const { _id: id, email, username, name, phone, createdAt } = user;
  return { id, email, username, name, phone, role: toProtoRole[user.role], createdAt };
}

const toProtoRole = {
  customer: ProtoRole.CUSTOMER,
  merchant: ProtoRole.MERCHANT,
  admin: ProtoRole.ADMIN,
} as const satisfies Record<Role, ProtoRole>;

/** @throws TradewindError INVALID_ARGUMENT on role when none is named */
export function fromProtoRole(role: ProtoRole): Role {
  switch (role) {
    case ProtoRole.CUSTOMER:
      return 'customer';
    case ProtoRole.MERCHANT:
      return 'merchant';
    case ProtoRole.ADMIN:
      return 'admin';
    case ProtoRole.UNSPECIFIED:
      throw invalid('role', 'must be customer, merchant or admin');
  }
}
