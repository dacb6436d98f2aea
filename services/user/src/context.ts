import type { OwedEvents } from '@tradewind/shared/outbox';
import type { AccessTokens } from './access-tokens.ts';
import type { Passwords } from './passwords.ts';
import type { ProfileCache } from './profile-cache.ts';
import type { SessionStore } from './sessions.ts';
import type { UserStore } from './user-store.ts';

/** What the methods work with; each takes the parts that it needs. */
export interface UserContext {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly passwords: Passwords;
  readonly accessTokens: AccessTokens;
  readonly cache: ProfileCache;
  readonly events: OwedEvents;
}
