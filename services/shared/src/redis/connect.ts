import { Redis } from 'ioredis';
import { unavailable, type Classifier } from '../errors/index.ts';
import type { Logger } from '../telemetry/index.ts';

export interface RedisOptions {
  /** host:port */
  readonly address: string;
  readonly password: string | undefined;
  readonly database: number;
  /** A command without an answer fails after this long; 500 by default. */
  readonly timeoutMs?: number | undefined;
  readonly tls?: boolean;
}

export type ConnectedRedis = Redis & AsyncDisposable;

/**
 * Connects in the background and for ever: what needs Redis fails soon while it is away, and everything
 * else goes on.
 */
export function connectRedis(options: RedisOptions, log: Logger): ConnectedRedis {
  const at = options.address.lastIndexOf(':');
  const redis = new Redis({
    host: options.address.slice(0, at),
    port: Number(options.address.slice(at + 1)),
    db: options.database,
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.tls === true ? { tls: {} } : {}),
    connectTimeout: 2_000,
    commandTimeout: options.timeoutMs ?? 500,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
  });
  redis.on('error', (error) => {
    log.warn({ err: error }, 'redis');
  });
  return Object.assign(redis, {
    [Symbol.asyncDispose]: () => {
      redis.disconnect();
      return Promise.resolve();
    },
  });
}

const away =
  /ECONN|ETIMEDOUT|EPIPE|Connection is closed|Command timed out|max retries|LOADING|READONLY|OOM|MISCONF|NOAUTH|EXECABORT|CLUSTERDOWN|MASTERDOWN|Stream isn't/;

/** A Redis that does not answer is UNAVAILABLE. */
export const redisFailure: Classifier = (error) =>
  error instanceof Error && away.test(`${error.name} ${error.message}`)
    ? unavailable('the session store', error)
    : undefined;
