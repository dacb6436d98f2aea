import type {
  ListUsersRequest,
  ListUsersResponse,
  SetUserRoleRequest,
  UserProfile,
} from '@tradewind/proto/user/v1/user';
import { requireRole } from '@tradewind/shared/auth';
import { requirePrincipal, type CallContext } from '@tradewind/shared/grpc';
import { decodePageToken, encodePageToken, pageSize } from '@tradewind/shared/mongo';
import type { UserContext } from './context.ts';
import { normalizeLogin } from './fields.ts';
import { revokeOutdated } from './revoke-outdated.ts';
import { fromProtoRole, toProfile } from './user.ts';

export const listUsers =
  ({ users }: Pick<UserContext, 'users'>) =>
  async (request: ListUsersRequest, call: CallContext): Promise<ListUsersResponse> => {
    requireRole(requirePrincipal(call), 'admin');
    const limit = pageSize(request.pageSize);
    if (request.login !== '') {
      const user = await users.findByLogin(normalizeLogin(request.login));
      return { users: user ? [toProfile(user)] : [], nextPageToken: '' };
    }
    const [after] = request.pageToken === '' ? [''] : decodePageToken(request.pageToken, ['string']);
    // One more than asked tells whether there is a next page.
    const found = await users.list({ after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      users: page.map(toProfile),
      nextPageToken: found.length > limit && last ? encodePageToken([last._id]) : '',
    };
  };

/** The sessions are revoked also when the role was there before: an earlier call may have failed half way. */
export const setUserRole =
  ({ users, cache, sessions }: Pick<UserContext, 'users' | 'cache' | 'sessions'>) =>
  async (request: SetUserRoleRequest, call: CallContext): Promise<UserProfile> => {
    requireRole(requirePrincipal(call), 'admin');
    const user = await users.setRole(request.userId, fromProtoRole(request.role));
    await cache.put(user);
    await revokeOutdated(sessions, user);
    return toProfile(user);
  };
