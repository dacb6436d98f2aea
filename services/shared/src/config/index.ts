export { mongoTimeouts, natsOptions, owedTimes, redisOptions, tlsOptions } from './options.ts';
export { ConfigError, readConfig } from './read-config.ts';
export {
  bool,
  milliseconds,
  natural,
  optional,
  optionalMilliseconds,
  parsed,
  secret,
  secretMap,
  str,
  target,
} from './validators.ts';
export { identityEnv, mongoEnv, natsEnv, owedEnv, processEnv, redisEnv, tlsEnv } from './common.ts';
