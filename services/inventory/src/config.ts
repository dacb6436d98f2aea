import {
  identityEnv,
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
    },
    environment,
  );
}

export type InventoryConfig = ReturnType<typeof readInventoryConfig>;
