import type { DeleteUserRequest, DeleteUserResponse } from '@tradewind/proto/user/v1/user';
import { requireOwner } from '@tradewind/shared/auth';
import { requirePrincipal, type CallContext } from '@tradewind/shared/grpc';
import type { UserContext } from './context.ts';

/** A repeat does everything again, so that what failed after the erasure gets done. */
export const deleteUser =
  ({ users, cache, sessions, events }: Pick<UserContext, 'users' | 'cache' | 'sessions' | 'events'>) =>
  async ({ userId }: DeleteUserRequest, call: CallContext): Promise<DeleteUserResponse> => {
    requireOwner(requirePrincipal(call), userId);
    const gone = await users.erase(userId);
    void events.publish([{ id: userId, events: gone.owed }]);
    await cache.put(gone);
    const open = await sessions.list(userId);
    await sessions.revoke(
      userId,
      open.map(({ id }) => id),
    );
    return {};
  };
