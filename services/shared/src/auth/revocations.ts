import type { Redis } from 'ioredis';
import { repeat } from '../run/index.ts';
import type { Logger } from '../telemetry/index.ts';

/** Sorted set of revoked session ids; the score is when their last access token expires, in ms since the epoch. */
const key = 'sessions:revoked';

/** Ends the access tokens of sessions everywhere within five seconds, for as long as such tokens live. */
export async function revokeSessions(
  redis: Redis,
  sessionIds: readonly string[],
  tokenTtlMs: number,
): Promise<void> {
  if (sessionIds.length === 0) return;
  const now = Date.now();
  const members = sessionIds.flatMap((id) => [now + tokenTtlMs, id]);
  await redis
    .multi()
    .zadd(key, ...members)
    .zremrangebyscore(key, 0, now)
    .exec();
}

export interface Revocations extends AsyncDisposable {
  has: (sessionId: string) => boolean;
}

/**
 * Reads the revoked sessions now and every two seconds. While Redis does not answer, the last reading holds; a process that
 * starts then knows of none until it does.
 */
export async function watchRevocations(redis: Redis, log: Logger, everyMs = 2000): Promise<Revocations> {
  let revoked: ReadonlySet<string> = new Set();
  const read = async () => {
    revoked = new Set(await redis.zrangebyscore(key, Date.now(), '+inf'));
  };
  await read().catch((error: unknown) => {
    log.warn({ err: error }, 'cannot read revoked sessions yet');
  });
  const reading = repeat('read revoked sessions', everyMs, log, read);
  return {
    has: (sessionId) => revoked.has(sessionId),
    [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
  };
}
