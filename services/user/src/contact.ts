import type { Contact, GetContactRequest } from '@tradewind/proto/user/v1/user';
import type { UserContext } from './context.ts';
import { unknownUser } from './user-store.ts';

export const getContact =
  ({ users }: Pick<UserContext, 'users'>) =>
  async ({ userId }: GetContactRequest): Promise<Contact> => {
    const user = await users.find(userId);
    if (!user) throw unknownUser(userId);
    const { email, phone, name } = user;
    return { email, phone, name };
  };
