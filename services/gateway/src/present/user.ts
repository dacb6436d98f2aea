import type {
  Role,
  Session as SessionMessage,
  Tokens as TokensMessage,
  UserProfile,
} from '@tradewind/proto/user/v1/user';
import { TradewindError } from '@tradewind/shared/errors';
import type { Session, Tokens, User } from '../schemas/users.ts';
import { presentTime } from './time.ts';

const roles = {
  ROLE_CUSTOMER: 'customer',
  ROLE_MERCHANT: 'merchant',
  ROLE_ADMIN: 'admin',
} as const satisfies Partial<Record<Role, User['role']>>;

/** What the user service calls the role. */
export const roleOf = { customer: 'ROLE_CUSTOMER', merchant: 'ROLE_MERCHANT', admin: 'ROLE_ADMIN' } as const;

export function presentUser(user: UserProfile): User {
  if (user.role === 'ROLE_UNSPECIFIED') throw new TradewindError('INTERNAL', `user ${user.id} has no role`);
  return {
    id: user.id,
    email: user.email ?? null,
    username: user.username ?? null,
    name: user.name ?? null,
    phone: user.phone ?? null,
    role: roles[user.role],
    created_at: presentTime(user.createdAt),
  };
}

export function presentTokens(tokens: TokensMessage): Tokens {
  if (!tokens.user) throw new TradewindError('INTERNAL', `session ${tokens.sessionId} has no user`);
  return {
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_at: presentTime(tokens.accessExpiresAt),
    refresh_token: tokens.refreshToken,
    refresh_expires_at: presentTime(tokens.refreshExpiresAt),
    session_id: tokens.sessionId,
    user: presentUser(tokens.user),
  };
}

export const presentSession = (session: SessionMessage): Session => ({
  id: session.id,
  device: session.device,
  created_at: presentTime(session.createdAt),
  last_used_at: presentTime(session.lastUsedAt),
  current: session.current,
});
