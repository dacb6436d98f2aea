import type {
  Contact,
  GetContactRequest,
  GetContactsRequest,
  GetContactsResponse,
} from '@tradewind/proto/user/v1/user';
import { invalid } from '@tradewind/shared/errors';
import type { UserContext } from './context.ts';
import { unknownUser } from './user-store.ts';
import type { User } from './user.ts';

const maxContacts = 200;

export const getContact =
  ({ users }: Pick<UserContext, 'users'>) =>
  async ({ userId }: GetContactRequest): Promise<Contact> => {
    const user = await users.find(userId);
    if (!user) throw unknownUser(userId);
    return contactOf(user);
  };

export const getContacts =
  ({ users }: Pick<UserContext, 'users'>) =>
  async ({ userIds }: GetContactsRequest): Promise<GetContactsResponse> => {
    if (userIds.length > maxContacts) throw invalid('user_ids', `must be at most ${maxContacts}`);
    const found = await users.findAll(userIds);
    return { contacts: Object.fromEntries(found.map((user) => [user._id, contactOf(user)])) };
  };

const contactOf = ({ email, phone, name }: User): Contact => ({ email, phone, name });
