import type { AuthenticateRequest, RefreshSessionRequest, Tokens } from '@tradewind/proto/user/v1/user';
import { TradewindError } from '@tradewind/shared/errors';
import type { CallContext } from '@tradewind/shared/grpc';
import type { UserContext } from './context.ts';
import { checkDevice, normalizeLogin } from './fields.ts';
import { isOutdated } from './password-hash.ts';
import { parseRefreshToken } from './refresh-token.ts';
import type { SessionGrant } from './sessions.ts';
import { mayContinue, toProfile, type User } from './user.ts';

type SignInContext = Pick<UserContext, 'users' | 'sessions' | 'passwords' | 'accessTokens'>;

/** An unknown login is checked against a decoy, so that neither answer nor time tells who has an account. */
export const authenticate =
  ({ users, sessions, passwords, accessTokens }: SignInContext) =>
  async (request: AuthenticateRequest, { signal }: CallContext): Promise<Tokens> => {
    const device = checkDevice('device', request.device);
    const user = await users.findByLogin(normalizeLogin(request.login));
    const right = await passwords.matches(request.password, user?.passwordHash, signal);
    if (!user || !right) throw wrongLogin();
    if (isOutdated(user.passwordHash)) {
      await users.upgradeHash(user, await passwords.hash(request.password, signal));
    }
    const grant = await sessions.open(user._id, user.securityStamp, device);
    // A password or role that changed since the user was read revoked only the sessions that were there by then.
    const present = await users.find(user._id);
    if (!present || !mayContinue(present, grant)) {
      await sessions.revoke(user._id, [grant.id]);
      throw wrongLogin();
    }
    return await tokensFor(present, grant, accessTokens);
  };

/** The user is read before the token rotates: a database that is away must not use the token up. */
export const refreshSession =
  ({ users, sessions, accessTokens }: SignInContext) =>
  async (request: RefreshSessionRequest): Promise<Tokens> => {
    const presented = parseRefreshToken(request.refreshToken);
    const user = presented && (await users.find(presented.userId));
    const grant = user && (await sessions.refresh(presented));
    if (!grant) throw sessionOver();
    if (!mayContinue(user, grant)) {
      await sessions.revoke(user._id, [grant.id]);
      throw sessionOver();
    }
    return await tokensFor(user, grant, accessTokens);
  };

async function tokensFor(
  user: User,
  grant: SessionGrant,
  accessTokens: UserContext['accessTokens'],
): Promise<Tokens> {
  const principal = { userId: user._id, role: user.role, sessionId: grant.id };
  const access = await accessTokens.issue(principal);
  return {
    accessToken: access.token,
    accessExpiresAt: access.expiresAt,
    refreshToken: grant.refreshToken,
    refreshExpiresAt: grant.expiresAt,
    sessionId: grant.id,
    user: toProfile(user),
  };
}

const wrongLogin = () => new TradewindError('UNAUTHENTICATED', 'the login or the password is wrong');

const sessionOver = () => new TradewindError('UNAUTHENTICATED', 'the session is over: log in again');
