import {
  identityEnv,
  milliseconds,
  natsEnv,
  natsOptions,
  natural,
  processEnv,
  readConfig,
  redisEnv,
  redisOptions,
  str,
  target,
  tlsEnv,
  tlsOptions,
} from '@tradewind/shared/config';
import type { NatsOptions } from '@tradewind/shared/nats';
import type { RedisOptions } from '@tradewind/shared/redis';
import type { TlsFiles } from '@tradewind/shared/tls';

/** Where the services behind the gateway are, as `host:port` or a `dns:` target. */
export interface Targets {
  readonly user: string;
  readonly inventory: string;
  readonly order: string;
  readonly mailer: string;
}

export interface GatewayConfig {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Origins whose pages may call; `*` is every origin, which is safe since no cookie is used. */
  readonly corsOrigins: readonly string[];
  readonly targets: Targets;
  /** Undefined where nothing is encrypted. */
  readonly tls?: TlsFiles | undefined;
  /** This process's own caller key. */
  readonly serviceKey: string;
  /** Opt-in HS256. */
  readonly jwtSecret: string | undefined;
  readonly redis: RedisOptions;
  readonly natsUrl: string;
  readonly nats: NatsOptions;
  /** How long placing an order waits for its decision. */
  readonly decisionWaitMs: number;
}

/** @throws ConfigError */
export function readGatewayConfig(environment?: NodeJS.ProcessEnv): GatewayConfig {
  const specs = {
    HOST: processEnv.HOST,
    PORT: natural({ default: 8080 }),
    CORS_ORIGINS: str({ default: '*' }),
    USER_SERVICE: target({ default: '127.0.0.1:50053' }),
    INVENTORY_SERVICE: target({ default: '127.0.0.1:50051' }),
    ORDER_SERVICE: target({ default: '127.0.0.1:50052' }),
    MAILER_SERVICE: target({ default: '127.0.0.1:50054' }),
    DECISION_WAIT_MS: milliseconds({ default: 3000 }),
    JWT_SECRET: identityEnv.JWT_SECRET,
    SERVICE_KEY: identityEnv.SERVICE_KEY,
    ...tlsEnv,
    ...redisEnv,
    ...natsEnv,
  };
  const env = readConfig(specs, environment);
  return {
    host: env.HOST,
    port: env.PORT,
    corsOrigins: env.CORS_ORIGINS.split(',').map((origin) => origin.trim()),
    targets: {
      user: env.USER_SERVICE,
      inventory: env.INVENTORY_SERVICE,
      order: env.ORDER_SERVICE,
      mailer: env.MAILER_SERVICE,
    },
    tls: tlsOptions(env),
    serviceKey: env.SERVICE_KEY,
    jwtSecret: env.JWT_SECRET,
    redis: redisOptions(env),
    natsUrl: env.NATS_URL,
    nats: natsOptions(env),
    decisionWaitMs: env.DECISION_WAIT_MS,
  };
}
