import {
  identityEnv,
  milliseconds,
  mongoEnv,
  natsEnv,
  natural,
  owedEnv,
  processEnv,
  readConfig,
  redisEnv,
  target,
} from '@tradewind/shared/config';

/** @throws ConfigError */
export function readOrderConfig(environment?: NodeJS.ProcessEnv) {
  return readConfig(
    {
      ...processEnv,
      ...mongoEnv('tradewind_order'),
      ...natsEnv,
      ...redisEnv,
      ...identityEnv,
      ...owedEnv,
      PORT: natural({ default: 50_052 }),
      USER_SERVICE: target({ default: '127.0.0.1:50053' }),
      INVENTORY_SERVICE: target({ default: '127.0.0.1:50051' }),
      /** How long CheckStock may hold up an order; without an answer the order is taken. */
      CHECK_STOCK_MS: milliseconds({ default: 50 }),
    },
    environment,
  );
}

export type OrderConfig = ReturnType<typeof readOrderConfig>;
