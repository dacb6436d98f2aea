export { versionedCache, type VersionedCache } from './cache.ts';
export { connectRedis, redisFailure, type ConnectedRedis, type RedisOptions } from './connect.ts';
