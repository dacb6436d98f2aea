import { TradewindError } from '@tradewind/shared/errors';
import type { Logger } from '@tradewind/shared/telemetry';
import type { FirstAdmin } from './config.ts';
import type { UserContext } from './context.ts';
import { checkEmail } from './fields.ts';
import { newUser } from './user.ts';

/**
 * Creates the admin of the configuration while nobody is one. Since the last admin must stay one, that is over for good
 * with the first: no restart brings the initial password back, whoever changed their address or left meanwhile.
 */
export async function ensureFirstAdmin(
  { email: address, password }: FirstAdmin,
  { users, passwords, events }: Pick<UserContext, 'users' | 'passwords' | 'events'>,
  log: Logger,
): Promise<void> {
  const email = checkEmail('ADMIN_EMAIL', address);
  if (await users.haveAdmin()) return;
  const passwordHash = await passwords.hash(password, new AbortController().signal);
  try {
    const admin = newUser({ email, role: 'admin', passwordHash });
    await users.insert(admin);
    void events.publish([{ id: admin._id, events: admin.owed }]);
    log.info({ userId: admin._id }, 'created the first admin');
  } catch (error) {
    if (!(error instanceof TradewindError && error.code === 'ALREADY_EXISTS')) throw error;
    // Else another replica was faster.
    if (!(await users.haveAdmin()))
      log.warn('there is no admin, and ADMIN_EMAIL is the address of somebody who is not one');
  }
}
