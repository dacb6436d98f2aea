import type {
  GetUserProfileRequest,
  UpdateUserProfileRequest,
  UserProfile,
} from '@tradewind/proto/user/v1/user';
import { requireOwner, type Principal } from '@tradewind/shared/auth';
import { invalid } from '@tradewind/shared/errors';
import { requirePrincipal, type CallContext } from '@tradewind/shared/grpc';
import type { UserContext } from './context.ts';
import { checked, checkEmail, checkName, checkPassword, checkPhone, ifSent } from './fields.ts';
import { revokeOutdated } from './revoke-outdated.ts';
import { unknownUser, type PasswordChange } from './user-store.ts';
import { toProfile, type User } from './user.ts';

export const getUserProfile =
  ({ users, cache }: Pick<UserContext, 'users' | 'cache'>) =>
  async ({ userId }: GetUserProfileRequest, call: CallContext): Promise<UserProfile> => {
    requireOwner(requirePrincipal(call), userId);
    const cached = await cache.get(userId);
    if (cached?.profile) return cached.profile;
    const user = cached ? undefined : await users.find(userId);
    if (!user) throw unknownUser(userId);
    await cache.put(user);
    return toProfile(user);
  };

export const updateUserProfile =
  (context: Pick<UserContext, 'users' | 'cache' | 'sessions' | 'passwords'>) =>
  async (request: UpdateUserProfileRequest, call: CallContext): Promise<UserProfile> => {
    const { users, cache, sessions } = context;
    const { userId } = request;
    const principal = requirePrincipal(call);
    requireOwner(principal, userId);
    const { newPassword, ...change } = checked({
      email: () => ifSent(checkEmail, 'email', request.email),
      name: () => ifSent(checkName, 'name', request.name),
      phone: () => (request.phone === '' ? '' : ifSent(checkPhone, 'phone', request.phone)),
      newPassword: () => ifSent(checkPassword, 'new_password', request.newPassword),
    });
    let password: PasswordChange | undefined;
    if (newPassword !== undefined) {
      const user = await users.find(userId);
      if (!user) throw unknownUser(userId);
      const current = request.currentPassword ?? '';
      password = await passwordChange(
        context.passwords,
        { user, current, newPassword, principal },
        call.signal,
      );
    }
    const changed = await users.update(userId, change, password);
    await cache.put(changed);
    if (newPassword !== undefined) await revokeOutdated(sessions, changed);
    return toProfile(changed);
  };

interface PasswordRequest {
  readonly user: User;
  readonly current: string;
  readonly newPassword: string;
  readonly principal: Principal;
}

/** @returns undefined where the new password is in place already, as after a repeat of the same call */
async function passwordChange(
  passwords: UserContext['passwords'],
  { user, current, newPassword, principal }: PasswordRequest,
  signal: AbortSignal,
): Promise<PasswordChange | undefined> {
  const own = principal.userId === user._id;
  if (own && !(await passwords.matches(current, user.passwordHash, signal))) {
    if (await passwords.matches(newPassword, user.passwordHash, signal)) return undefined;
    throw invalid('current_password', 'is not the current password');
  }
  return {
    passwordHash: await passwords.hash(newPassword, signal),
    under: user.securityStamp,
    keptSession: own ? principal.sessionId : undefined,
  };
}
