export { ConfigError, readConfig } from './read-config.ts';
export {
  bool,
  milliseconds,
  natural,
  optional,
  parsed,
  secret,
  secretMap,
  str,
  target,
} from './validators.ts';
export { identityEnv, mongoEnv, natsEnv, processEnv, redisEnv } from './common.ts';
