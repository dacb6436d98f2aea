import type { CleanedEnv } from 'envalid';
import type { mongoEnv, natsEnv, owedEnv, redisEnv } from './common.ts';

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
});

export const owedTimes = (env: CleanedEnv<typeof owedEnv>) => ({
  afterMs: env.OWED_AFTER_MS,
  retryMs: env.OWED_RETRY_MS,
});
