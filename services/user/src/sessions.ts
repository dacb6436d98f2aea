import { randomUUID } from 'node:crypto';
import { revokeSessions } from '@tradewind/shared/auth';
import type { ConnectedRedis } from '@tradewind/shared/redis';
import {
  formatRefreshToken,
  hashSecret,
  newSecret,
  successorOf,
  type RefreshToken,
} from './refresh-token.ts';
import { rotateScript, type RotateReply } from './rotate-script.ts';

export interface SessionOptions {
  /** How long a session lives unused. */
  readonly ttlMs: number;
  /** How long the token before the current one still gets the same successor. */
  readonly graceMs: number;
}

export interface Session {
  readonly id: string;
  readonly device: string;
  /** The security stamp of the user when the session was opened. */
  readonly stamp: string;
  readonly createdAt: Date;
  readonly usedAt: Date;
}

/** What a client gets to go on with a session. */
export interface SessionGrant {
  readonly id: string;
  readonly stamp: string;
  readonly refreshToken: string;
  readonly expiresAt: Date;
}

export interface SessionStore {
  open: (userId: string, stamp: string, device: string) => Promise<SessionGrant>;
  /** Rotates the token. Undefined for a session that is unknown, or that this reuse has ended. */
  refresh: (token: RefreshToken) => Promise<SessionGrant | undefined>;
  /** Newest first. */
  list: (userId: string) => Promise<Session[]>;
  has: (userId: string, sessionId: string) => Promise<boolean>;
  /** Ends sessions of this user together with their access tokens. The caller has checked that they are this user's. */
  revoke: (userId: string, sessionIds: readonly string[]) => Promise<void>;
}

/** Of one user; a login beyond ends the one that was not used for longest. */
const maxSessions = 100;

/** An access token signed while its session is revoked must not outlive the revocation. */
const revocationMarginMs = 60_000;

/**
 * Sessions in Redis: a hash per session, and per user an index of session ids by expiry. The user's id in braces keeps
 * both in one slot of a cluster.
 */
export function sessionStore(
  redis: ConnectedRedis,
  { ttlMs, graceMs }: SessionOptions,
  accessTokenTtlMs: number,
): SessionStore {
  const sessionKey = (userId: string, id: string) => `session:{${userId}}:${id}`;
  const indexKey = (userId: string) => `sessions:{${userId}}`;

  async function revoke(userId: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    // First the access tokens: should Redis go away in between, the session is still there to be revoked again.
    await revokeSessions(redis, ids, accessTokenTtlMs + revocationMarginMs);
    await redis
      .multi()
      .del(...ids.map((id) => sessionKey(userId, id)))
      .zrem(indexKey(userId), ...ids)
      .exec();
  }

  return {
    async open(userId, stamp, device) {
      const id = randomUUID();
      const secret = newSecret();
      const now = Date.now();
      const key = sessionKey(userId, id);
      const index = indexKey(userId);
      await redis
        .multi()
        .hset(key, { stamp, device, createdAt: now, usedAt: now, current: hashSecret(secret) })
        .pexpire(key, ttlMs)
        .zremrangebyscore(index, 0, now)
        .zadd(index, now + ttlMs, id)
        .pexpire(index, ttlMs)
        .exec();
      await revoke(userId, await redis.zrevrange(index, maxSessions, -1));
      const refreshToken = formatRefreshToken({ userId, sessionId: id, secret });
      return { id, stamp, refreshToken, expiresAt: new Date(now + ttlMs) };
    },

    async refresh({ userId, sessionId, secret }) {
      const salt = newSecret();
      const keys = [sessionKey(userId, sessionId), indexKey(userId)];
      const hashes = [hashSecret(secret), hashSecret(successorOf(secret, salt))];
      const reply = (await redis.eval(
        rotateScript,
        2,
        ...keys,
        sessionId,
        ...hashes,
        salt,
        graceMs,
        ttlMs,
      )) as RotateReply;
      switch (reply[0]) {
        case 'ROTATED': {
          const [, presentSalt, expiresAt, stamp] = reply;
          const successor = { userId, sessionId, secret: successorOf(secret, presentSalt) };
          const refreshToken = formatRefreshToken(successor);
          return { id: sessionId, stamp, refreshToken, expiresAt: new Date(expiresAt) };
        }
        case 'REUSED':
          await revoke(userId, [sessionId]);
          return undefined;
        case 'UNKNOWN':
          return undefined;
      }
    },

    async list(userId) {
      const ids = await redis.zrangebyscore(indexKey(userId), Date.now(), '+inf');
      const hashes = await Promise.all(ids.map((id) => redis.hgetall(sessionKey(userId, id))));
      return hashes
        .flatMap((hash, position) => sessionOf(ids[position], hash))
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    },

    async has(userId, sessionId) {
      return (await redis.exists(sessionKey(userId, sessionId))) === 1;
    },

    revoke,
  };
}

/** Nothing for a session that ended since its id was read. */
function sessionOf(id: string | undefined, hash: Record<string, string>): Session[] {
  const { stamp, device = '', createdAt, usedAt } = hash;
  if (id === undefined || stamp === undefined) return [];
  return [{ id, stamp, device, createdAt: new Date(Number(createdAt)), usedAt: new Date(Number(usedAt)) }];
}
