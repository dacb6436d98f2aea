import { hash as digest } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { TradewindError } from '../errors/index.ts';
import { roles, type Principal, type Role } from './principal.ts';

export const tokenIssuer = 'tradewind';
export const tokenAudience = 'tradewind';

export interface TokenVerifierOptions {
  /** Fetches the public key set, a JSON Web Key Set as text. Asked again when a token names an unknown key. */
  readonly fetchKeys: () => Promise<string>;
  /** Opt-in HS256: the shared secret, instead of the key set. */
  readonly secret?: string | undefined;
  readonly isRevoked: (sessionId: string) => boolean;
  readonly now?: () => number;
}

export interface TokenVerifier {
  /** @throws TradewindError UNAUTHENTICATED for a token that is malformed, forged, expired or revoked */
  verify: (token: string) => Promise<Principal>;
}

/** One that remembers. */
export interface CachingTokenVerifier extends TokenVerifier {
  /** Whose token it is, when it was verified before; otherwise `verify` knows. @throws TradewindError UNAUTHENTICATED when revoked */
  known: (token: string) => Principal | undefined;
}

const refetchAfterMs = 10_000;

/**
 * Verifies access tokens. A verified token is remembered by its hash until it expires, since one verification costs
 * more than a whole cached read; whether its session is revoked is asked each time.
 */
export function createTokenVerifier(options: TokenVerifierOptions): CachingTokenVerifier {
  const now = options.now ?? Date.now;
  const verified = new LRUCache<string, Principal>({ max: 50_000, ttlResolution: 0, perf: { now } });
  const keys = options.secret === undefined ? remoteKeys(options.fetchKeys, now) : undefined;
  const secret = options.secret === undefined ? undefined : new TextEncoder().encode(options.secret);

  async function check(token: string): Promise<{ principal: Principal; expiresAtMs: number }> {
    const rules = {
      issuer: tokenIssuer,
      audience: tokenAudience,
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    };
    try {
      const { payload } = keys
        ? await jwtVerify(token, keys, { ...rules, algorithms: ['EdDSA'] })
        : await jwtVerify(token, secret as Uint8Array, { ...rules, algorithms: ['HS256'] });
      return { principal: principalOf(payload), expiresAtMs: (payload.exp ?? 0) * 1000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new TradewindError('UNAUTHENTICATED', 'the access token has expired', { cause: error });
      }
      if (error instanceof errors.JOSEError) {
        throw new TradewindError('UNAUTHENTICATED', 'the access token is not valid', { cause: error });
      }
      throw error;
    }
  }

  function stillValid(principal: Principal): Principal {
    if (!options.isRevoked(principal.sessionId)) return principal;
    throw new TradewindError('UNAUTHENTICATED', 'the session was ended');
  }

  function known(token: string): Principal | undefined {
    const principal = verified.get(digest('sha256', token, 'base64'));
    return principal && stillValid(principal);
  }

  return {
    known,
    async verify(token) {
      const before = known(token);
      if (before) return before;
      const { principal, expiresAtMs } = await check(token);
      const ttl = expiresAtMs - now();
      if (ttl > 0) verified.set(digest('sha256', token, 'base64'), principal, { ttl });
      return stillValid(principal);
    },
  };
}

function principalOf(payload: JWTPayload): Principal {
  const { sub, sid, role } = payload;
  if (typeof sub !== 'string' || typeof sid !== 'string' || !isRole(role)) {
    throw new TradewindError('UNAUTHENTICATED', 'the access token is not one of ours');
  }
  return { userId: sub, sessionId: sid, role };
}

const isRole = (value: unknown): value is Role => roles.some((role) => role === value);

/** The key set, fetched when first needed and again for an unknown `kid`, but not more than every 10 seconds. */
function remoteKeys(fetchKeys: () => Promise<string>, now: () => number): JWTVerifyGetKey {
  let keySet: JWTVerifyGetKey | undefined;
  let fetchedAt = -Infinity;
  let fetching: Promise<JWTVerifyGetKey> | undefined;

  const refresh = () => {
    fetching ??= (async () => {
      const text = await fetchKeys();
      keySet = createLocalJWKSet(JSON.parse(text) as Parameters<typeof createLocalJWKSet>[0]);
      fetchedAt = now();
      return keySet;
    })().finally(() => {
      fetching = undefined;
    });
    return fetching;
  };

  return async (header, token) => {
    try {
      return await (keySet ?? (await refresh()))(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || now() - fetchedAt < refetchAfterMs) throw error;
      return await (
        await refresh()
      )(header, token);
    }
  };
}
