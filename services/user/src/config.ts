import {
  ConfigError,
  identityEnv,
  milliseconds,
  mongoEnv,
  natsEnv,
  natural,
  optional,
  processEnv,
  readConfig,
  redisEnv,
} from '@tradewind/shared/config';
import { TradewindError } from '@tradewind/shared/errors';
import type { RedisOptions } from '@tradewind/shared/redis';
import { checkEmail, checkPassword } from './fields.ts';
import type { SessionOptions } from './sessions.ts';
import type { KeyRingOptions } from './key-ring.ts';
import type { WorkLimits } from './limited-work.ts';

export interface Config {
  readonly grpc: {
    readonly host: string;
    readonly port: number;
    readonly callerKeys: ReadonlyMap<string, string>;
  };
  readonly mongo: { readonly uri: string; readonly database: string };
  readonly redis: RedisOptions;
  readonly natsUrl: string;
  /** Opt-in HS256: one secret for all services instead of rotating keys. */
  readonly jwtSecret: string | undefined;
  readonly accessTokenTtlMs: number;
  readonly keys: KeyRingOptions;
  readonly sessions: SessionOptions;
  /** Password hashings at once: each takes a thread and 19 MiB. */
  readonly hashing: WorkLimits;
  readonly firstAdmin: FirstAdmin | undefined;
}

export interface FirstAdmin {
  readonly email: string;
  readonly password: string;
}

const minutes = (count: number) => count * 60_000;
const days = (count: number) => count * 86_400_000;

/** @throws ConfigError */
export function readUserConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const env = readConfig(
    {
      ...processEnv,
      ...mongoEnv('tradewind_user'),
      ...natsEnv,
      ...redisEnv,
      ...identityEnv,
      PORT: natural({ default: 50053 }),
      ACCESS_TOKEN_TTL_MS: milliseconds({ default: minutes(15) }),
      REFRESH_TOKEN_TTL_MS: milliseconds({ default: days(30) }),
      REFRESH_GRACE_MS: milliseconds({ default: 10_000 }),
      SIGNING_KEY_ROTATION_MS: milliseconds({ default: days(30) }),
      HASHING_CONCURRENCY: natural({ default: 2 }),
      HASHING_QUEUE: natural({ default: 32 }),
      ADMIN_EMAIL: optional({ default: undefined }),
      ADMIN_PASSWORD: optional({ default: undefined }),
    },
    environment,
  );
  const problems = [
    ...secretProblems(env.JWT_SECRET),
    ...adminProblems(env.ADMIN_EMAIL, env.ADMIN_PASSWORD),
    ...(env.HASHING_CONCURRENCY < 1 ? ['HASHING_CONCURRENCY: must be 1 or more'] : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    grpc: { host: env.HOST, port: env.PORT, callerKeys: env.CALLER_KEYS },
    mongo: { uri: env.MONGO_URI, database: env.MONGO_DB_NAME },
    redis: { address: env.REDIS_ADDR, password: env.REDIS_PASSWORD, database: env.REDIS_DB },
    natsUrl: env.NATS_URL,
    jwtSecret: env.JWT_SECRET,
    accessTokenTtlMs: env.ACCESS_TOKEN_TTL_MS,
    keys: {
      rotationMs: env.SIGNING_KEY_ROTATION_MS,
      publishAheadMs: minutes(2),
      checkEveryMs: 15_000,
    },
    sessions: { ttlMs: env.REFRESH_TOKEN_TTL_MS, graceMs: env.REFRESH_GRACE_MS },
    hashing: { concurrency: env.HASHING_CONCURRENCY, queue: env.HASHING_QUEUE },
    firstAdmin:
      env.ADMIN_EMAIL === undefined || env.ADMIN_PASSWORD === undefined
        ? undefined
        : { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD },
  };
}

/** HS256 with a short secret can be guessed offline from one token. */
function secretProblems(secret: string | undefined): string[] {
  return secret !== undefined && secret.length < 32 ? ['JWT_SECRET: must have 32 characters or more'] : [];
}

function adminProblems(email: string | undefined, password: string | undefined): string[] {
  if (email === undefined && password === undefined) return [];
  return [
    ...problem('ADMIN_EMAIL', () => checkEmail('', email ?? '')),
    ...problem('ADMIN_PASSWORD', () => checkPassword('', password ?? '')),
  ];
}

function problem(variable: string, check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof TradewindError) return error.fields.map(({ message }) => `${variable}: ${message}`);
    throw error;
  }
}
