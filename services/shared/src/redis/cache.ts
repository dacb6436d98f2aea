import type { Redis } from 'ioredis';
import type { Logger } from '../telemetry/index.ts';

/** JSON values under `<prefix>:<id>`, each with a version; an older version never replaces a newer one. */
export interface VersionedCache<T> {
  get: (id: string) => Promise<T | undefined>;
  put: (
    entries: readonly { readonly id: string; readonly version: number; readonly value: T }[],
  ) => Promise<void>;
}

/** A reader that read before a write, and puts after it, must not win: so the version is compared in Redis. */
const putIfNewer = `
local held = redis.call('HGET', KEYS[1], 'v')
if held and tonumber(held) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'json', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

/** A cache that is away is a cache that misses. */
export function versionedCache<T>(
  redis: Redis,
  prefix: string,
  ttlMs: number,
  log: Logger,
): VersionedCache<T> {
  const key = (id: string) => `${prefix}:${id}`;
  return {
    async get(id) {
      if (redis.status !== 'ready') return undefined;
      try {
        const json = await redis.hget(key(id), 'json');
        return json === null ? undefined : (JSON.parse(json) as T);
      } catch (error) {
        log.debug({ err: error }, 'cache read failed');
        return undefined;
      }
    },
    async put(entries) {
      if (redis.status !== 'ready' || entries.length === 0) return;
      try {
        const pipeline = redis.pipeline();
        for (const { id, version, value } of entries) {
          pipeline.eval(putIfNewer, 1, key(id), version, JSON.stringify(value), ttlMs);
        }
        await pipeline.exec();
      } catch (error) {
        log.debug({ err: error }, 'cache write failed');
      }
    },
  };
}
