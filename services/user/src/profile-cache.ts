import { UserProfile } from '@tradewind/proto/user/v1/user';
import { versionedCache, type ConnectedRedis } from '@tradewind/shared/redis';
import type { Logger } from '@tradewind/shared/telemetry';
import { toProfile, type ErasedUser, type User } from './user.ts';

/** What the cache knows: a profile, or that the user was deleted. */
type CachedProfile = { readonly profile: UserProfile } | { readonly profile: undefined };

export interface ProfileCache {
  /** Undefined when the cache knows nothing. */
  get: (id: string) => Promise<CachedProfile | undefined>;
  put: (user: User | ErasedUser) => Promise<void>;
}

/** Profiles in Redis under `user:<id>` for five minutes: what a profile shows and nothing else. */
export function profileCache(redis: ConnectedRedis, log: Logger): ProfileCache {
  const cache = versionedCache<{ readonly profile?: unknown }>(redis, 'user', 5 * 60_000, log);
  return {
    async get(id) {
      const cached = await cache.get(id);
      if (!cached) return undefined;
      return { profile: cached.profile === undefined ? undefined : UserProfile.fromJSON(cached.profile) };
    },
    async put(user) {
      const value = 'deletedAt' in user ? {} : { profile: UserProfile.toJSON(toProfile(user)) };
      await cache.put([{ id: user._id, version: user.version, value }]);
    },
  };
}
