import type { Contact } from '@tradewind/proto/user/v1/user';
import { TradewindError, unavailable, type ErrorCode } from '@tradewind/shared/errors';

export interface Contacts {
  /** Undefined for a user who is gone. */
  find: (userId: string) => Promise<Contact | undefined>;
}

/** Failures that say nothing about the user asked for, a wrong caller key among them: everybody waits. */
const notAboutTheUser: readonly ErrorCode[] = [
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
];

/** Asked anew for each message, so that an address is kept in one place only. */
export function contactsOf(users: {
  readonly getContact: (request: { userId: string }) => Promise<Contact>;
}): Contacts {
  return {
    async find(userId) {
      try {
        return await users.getContact({ userId });
      } catch (error) {
        if (!(error instanceof TradewindError)) throw error;
        if (error.code === 'NOT_FOUND') return undefined;
        throw notAboutTheUser.includes(error.code) ? unavailable('the user service', error) : error;
      }
    },
  };
}
