import {
  identityEnv,
  milliseconds,
  mongoEnv,
  natsEnv,
  natural,
  processEnv,
  readConfig,
  redisEnv,
  target,
} from '@tradewind/shared/config';

/** The environment of both processes; the consumer serves nothing. @throws ConfigError */
export function readInventoryConfig(environment?: NodeJS.ProcessEnv) {
  return readConfig(
    {
      ...processEnv,
      ...mongoEnv('tradewind_inventory'),
      ...natsEnv,
      ...redisEnv,
      ...identityEnv,
      PORT: natural({ default: 50_051 }),
      USER_SERVICE: target({ default: '127.0.0.1:50053' }),
      /** How long readers may hear of a commit directly before the sweeper tells them. */
      TELL_AFTER_MS: milliseconds({ default: 30_000 }),
      /** A claim on products ends by itself after this long, so that a process that died blocks nobody for ever. */
      CLAIM_MS: milliseconds({ default: 5_000 }),
    },
    environment,
  );
}

export type InventoryConfig = ReturnType<typeof readInventoryConfig>;
