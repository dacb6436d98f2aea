import type { CleanedEnv } from 'envalid';
import type { TlsFiles } from '../tls/index.ts';
import type { mongoEnv, natsEnv, owedEnv, redisEnv, tlsEnv } from './common.ts';

/** What the parts take, from the environment that they share. */

export const mongoTimeouts = (env: CleanedEnv<ReturnType<typeof mongoEnv>>) => ({
  selectionMs: env.MONGO_TIMEOUT_MS,
  commandMs: env.MONGO_COMMAND_TIMEOUT_MS,
});

export const natsOptions = (env: CleanedEnv<typeof natsEnv>) => ({
  user: env.NATS_USER,
  password: env.NATS_PASSWORD,
  streamReplicas: env.NATS_STREAM_REPLICAS,
  pingMs: env.NATS_PING_MS,
  ackWaitMs: env.EVENT_ACK_WAIT_MS,
});

export const redisOptions = (env: CleanedEnv<typeof redisEnv>) => ({
  address: env.REDIS_ADDR,
  password: env.REDIS_PASSWORD,
  database: env.REDIS_DB,
  timeoutMs: env.REDIS_TIMEOUT_MS,
  tls: env.REDIS_TLS,
});

/** Undefined where nothing is encrypted. */
export function tlsOptions(env: CleanedEnv<typeof tlsEnv>): TlsFiles | undefined {
  const { TLS_CA_FILE: authority, TLS_CERT_FILE: certificate, TLS_KEY_FILE: key } = env;
  if (authority === undefined || certificate === undefined || key === undefined) return undefined;
  return { authority, certificate, key };
}

export const owedTimes = (env: CleanedEnv<typeof owedEnv>) => ({
  afterMs: env.OWED_AFTER_MS,
  retryMs: env.OWED_RETRY_MS,
});
