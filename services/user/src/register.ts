import type { RegisterRequest, UserProfile } from '@tradewind/proto/user/v1/user';
import { invalid } from '@tradewind/shared/errors';
import type { CallContext } from '@tradewind/shared/grpc';
import type { UserContext } from './context.ts';
import {
  checked,
  checkEmail,
  checkName,
  checkPassword,
  checkPhone,
  checkUsername,
  ifGiven,
} from './fields.ts';
import { newUser, toProfile } from './user.ts';

export const register =
  ({ users, passwords, events }: Pick<UserContext, 'users' | 'passwords' | 'events'>) =>
  async (request: RegisterRequest, { signal }: CallContext): Promise<UserProfile> => {
    const { password, ...details } = checked({
      email: () => ifGiven(checkEmail, 'email', request.email),
      username: () => ifGiven(checkUsername, 'username', request.username),
      password: () => checkPassword('password', request.password),
      name: () => ifGiven(checkName, 'name', request.name),
      phone: () => ifGiven(checkPhone, 'phone', request.phone),
    });
    if (details.email === undefined && details.username === undefined) {
      throw invalid('email', 'or username must be given');
    }
    const passwordHash = await passwords.hash(password, signal);
    const user = newUser({ ...details, role: 'customer', passwordHash });
    await users.insert(user);
    void events.publish([{ id: user._id, events: user.owed }]);
    return toProfile(user);
  };
