import type { SessionStore } from './sessions.ts';
import { mayContinue, type User } from './user.ts';

/** Ends the sessions that were opened under another password or role than the user's present one. */
export async function revokeOutdated(sessions: SessionStore, user: User): Promise<void> {
  const open = await sessions.list(user._id);
  const outdated = open.filter((session) => !mayContinue(user, session)).map(({ id }) => id);
  await sessions.revoke(user._id, outdated);
}
