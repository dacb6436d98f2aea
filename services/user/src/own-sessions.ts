import type {
  ListSessionsRequest,
  ListSessionsResponse,
  RevokeSessionRequest,
  RevokeSessionResponse,
} from '@tradewind/proto/user/v1/user';
import { requirePrincipal, type CallContext } from '@tradewind/shared/grpc';
import type { UserContext } from './context.ts';

export const listSessions =
  ({ sessions }: Pick<UserContext, 'sessions'>) =>
  async (_: ListSessionsRequest, call: CallContext): Promise<ListSessionsResponse> => {
    const { userId, sessionId } = requirePrincipal(call);
    const open = await sessions.list(userId);
    return {
      sessions: open.map(({ id, device, createdAt, usedAt: lastUsedAt }) => ({
        id,
        device,
        createdAt,
        lastUsedAt,
        current: id === sessionId,
      })),
    };
  };

export const revokeSession =
  ({ sessions }: Pick<UserContext, 'sessions'>) =>
  async (request: RevokeSessionRequest, call: CallContext): Promise<RevokeSessionResponse> => {
    const { userId, sessionId: own } = requirePrincipal(call);
    const id = request.sessionId === '' ? own : request.sessionId;
    // Another user's session is not found under this user, and must not be revoked by its id either.
    if (id === own || (await sessions.has(userId, id))) await sessions.revoke(userId, [id]);
    return {};
  };
