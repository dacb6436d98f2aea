import {
  identityEnv,
  milliseconds,
  mongoEnv,
  mongoTimeouts,
  natsEnv,
  natsOptions,
  natural,
  owedEnv,
  owedTimes,
  parsed,
  processEnv,
  readConfig,
  redisEnv,
  redisOptions,
  tlsOptions,
} from '@tradewind/shared/config';
import { TradewindError } from '@tradewind/shared/errors';
import type { MongoTimeouts } from '@tradewind/shared/mongo';
import type { NatsOptions } from '@tradewind/shared/nats';
import type { OwedEventsOptions } from '@tradewind/shared/outbox';
import type { RedisOptions } from '@tradewind/shared/redis';
import type { TlsFiles } from '@tradewind/shared/tls';
import { checkEmail, checkPassword } from './fields.ts';
import type { SessionOptions } from './sessions.ts';
import type { KeyRingOptions } from './key-ring.ts';
import type { WorkLimits } from './limited-work.ts';

export interface Config {
  readonly grpc: {
    readonly host: string;
    readonly port: number;
    readonly callerKeys: ReadonlyMap<string, string>;
    readonly tls?: TlsFiles | undefined;
  };
  readonly mongo: { readonly uri: string; readonly database: string } & MongoTimeouts;
  readonly redis: RedisOptions;
  readonly natsUrl: string;
  readonly natsOptions: NatsOptions;
  readonly owedTimes: Pick<OwedEventsOptions, 'afterMs' | 'retryMs'>;
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

const adminEmail = parsed<string | undefined>((text) => sayingWhat(() => checkEmail('', text)));
const adminPassword = parsed<string | undefined>((text) => sayingWhat(() => checkPassword('', text)));
const hasAdminEmail = ({ ADMIN_EMAIL }: Record<string, unknown>): boolean => ADMIN_EMAIL !== undefined;
const hasAdminPassword = ({ ADMIN_PASSWORD }: Record<string, unknown>): boolean =>
  ADMIN_PASSWORD !== undefined;

const atLeastOne = parsed<number>((text) => {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error('must be 1 or more');
  return Number(text);
});

/** The rules of people's accounts, in the words of the configuration. */
function sayingWhat<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TradewindError)
      throw new Error(error.fields[0]?.message ?? error.message, { cause: error });
    throw error;
  }
}

/** @throws ConfigError */
export function readUserConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const env = readConfig(
    {
      ...processEnv,
      ...mongoEnv('tradewind_user'),
      ...natsEnv,
      ...redisEnv,
      ...identityEnv,
      ...owedEnv,
      PORT: natural({ default: 50053 }),
      ACCESS_TOKEN_TTL_MS: milliseconds({ default: minutes(15) }),
      REFRESH_TOKEN_TTL_MS: milliseconds({ default: days(30) }),
      REFRESH_GRACE_MS: milliseconds({ default: 10_000 }),
      SIGNING_KEY_ROTATION_MS: milliseconds({ default: days(30) }),
      HASHING_CONCURRENCY: atLeastOne({ default: 2 }),
      HASHING_QUEUE: natural({ default: 32 }),
      ADMIN_EMAIL: adminEmail({ default: undefined, requiredWhen: hasAdminPassword }),
      ADMIN_PASSWORD: adminPassword({ default: undefined, requiredWhen: hasAdminEmail }),
    },
    environment,
  );
  return {
    grpc: { host: env.HOST, port: env.PORT, callerKeys: env.CALLER_KEYS, tls: tlsOptions(env) },
    mongo: { uri: env.MONGO_URI, database: env.MONGO_DB_NAME, ...mongoTimeouts(env) },
    redis: redisOptions(env),
    natsUrl: env.NATS_URL,
    natsOptions: natsOptions(env),
    owedTimes: owedTimes(env),
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
