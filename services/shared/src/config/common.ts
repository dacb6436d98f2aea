import {
  bool,
  milliseconds,
  natural,
  optional,
  optionalMilliseconds,
  optionalNatural,
  secret,
  secretMap,
  str,
} from './validators.ts';

const tlsFiles = ['TLS_CA_FILE', 'TLS_CERT_FILE', 'TLS_KEY_FILE'] as const;

const tlsFile = optional({
  default: undefined,
  desc: `is needed too: of ${tlsFiles.join(', ')} there are all or none`,
  requiredWhen: (env) => tlsFiles.some((name) => env[name] !== undefined),
});

/** PEM files; with them every server and every gRPC client of the process speaks TLS, and nothing else. */
export const tlsEnv = { TLS_CA_FILE: tlsFile, TLS_CERT_FILE: tlsFile, TLS_KEY_FILE: tlsFile };

/** What every process takes. */
export const processEnv = {
  ...tlsEnv,
  LOG_LEVEL: str({ choices: ['trace', 'debug', 'info', 'warn', 'error', 'silent'], default: 'info' }),
  METRICS_PORT: natural({ default: 9464 }),
  HOST: str({ default: '0.0.0.0' }),
  /** How long a stopping process may finish what it has begun. */
  SHUTDOWN_GRACE_MS: milliseconds({ default: 25_000 }),
  /** How long it still answers after it has said that it is not ready, so that load balancers notice. */
  SHUTDOWN_DELAY_MS: milliseconds({ default: 0 }),
};

export const mongoEnv = (database: string) => ({
  MONGO_URI: str({ default: 'mongodb://127.0.0.1:27017/?replicaSet=rs0' }),
  MONGO_DB_NAME: str({ default: database }),
  MONGO_TIMEOUT_MS: optionalMilliseconds({ default: undefined }),
  MONGO_COMMAND_TIMEOUT_MS: optionalMilliseconds({ default: undefined }),
});

export const natsEnv = {
  NATS_URL: str({ default: 'nats://127.0.0.1:4222' }),
  NATS_USER: optional({ default: undefined }),
  NATS_PASSWORD: optional({ default: undefined }),
  NATS_STREAM_REPLICAS: optionalNatural({ default: undefined }),
  NATS_PING_MS: optionalMilliseconds({ default: undefined }),
  EVENT_ACK_WAIT_MS: optionalMilliseconds({ default: undefined }),
};

/** What a service takes that owes events. */
export const owedEnv = {
  /** How long the direct publication after a write has before the sweeper takes over. */
  OWED_AFTER_MS: milliseconds({ default: 30_000 }),
  /** The pause after the first time that an owed event was published again; it doubles up to 15 minutes. */
  OWED_RETRY_MS: milliseconds({ default: 30_000 }),
};

export const redisEnv = {
  REDIS_ADDR: str({ default: '127.0.0.1:6379' }),
  REDIS_PASSWORD: optional({ default: undefined }),
  REDIS_DB: natural({ default: 0 }),
  REDIS_TIMEOUT_MS: optionalMilliseconds({ default: undefined }),
  REDIS_TLS: bool({ default: false }),
};

/** What a server takes that checks access tokens and calling services. */
export const identityEnv = {
  JWT_SECRET: secret({ default: undefined }),
  SERVICE_KEY: str({ default: '' }),
  CALLER_KEYS: secretMap({ default: new Map() }),
};
