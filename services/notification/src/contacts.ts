import type { Contact, GetContactsResponse } from '@tradewind/proto/user/v1/user';
import { TradewindError, unavailable, type ErrorCode } from '@tradewind/shared/errors';

export interface Contacts {
  /** By user id, without users who are gone; one call for all. */
  find: (userIds: ReadonlySet<string>) => Promise<ReadonlyMap<string, Contact>>;
}

/** Failures that say nothing about the users asked for, a wrong caller key among them: everybody waits. */
const notAboutTheUsers: readonly ErrorCode[] = [
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'UNAUTHENTICATED',
  'PERMISSION_DENIED',
];

/** Asked anew for each batch, so that an address is kept in one place only. */
export function contactsOf(users: {
  readonly getContacts: (request: { userIds: string[] }) => Promise<GetContactsResponse>;
}): Contacts {
  return {
    async find(userIds) {
      if (userIds.size === 0) return new Map();
      try {
        const { contacts } = await users.getContacts({ userIds: [...userIds] });
        return new Map(Object.entries(contacts));
      } catch (error) {
        if (!(error instanceof TradewindError)) throw error;
        const waiting = notAboutTheUsers.includes(error.code) || isOfOlderServer(error);
        throw waiting ? unavailable('the user service', error) : error;
      }
    },
  };
}

const unimplemented = 12;

/** In a roll-out the user service may come later: the call is not there yet. */
const isOfOlderServer = ({ cause }: TradewindError) =>
  cause instanceof Error && 'code' in cause && cause.code === unimplemented;
