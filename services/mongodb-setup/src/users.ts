import type { Logger } from '@tradewind/shared/telemetry';
import type { Db } from 'mongodb';
import { connectPrimary } from './clients.ts';
import type { SetupConfig } from './config.ts';

type Passwords = ReadonlyMap<string, string>;

/** Who there is to be, with their passwords by name. */
export interface Users {
  /** May do everything. */
  readonly admins: Passwords;
  /** May use the database of their own name. */
  readonly owners: Passwords;
  /** May read the databases of all owners. */
  readonly readers: Passwords;
}

interface Role {
  readonly role: string;
  readonly db: string;
}

interface Wanted {
  readonly name: string;
  readonly password: string;
  readonly roles: readonly Role[];
}

/** Whether users that are there get their password and rights anew, which is a write each time. */
export type Existing = 'renew' | 'leave';

/** Creates the users that are missing. Those that nobody named are left alone. */
export async function ensureUsers(config: SetupConfig, existing: Existing, log: Logger): Promise<void> {
  await using client = await connectPrimary(config);
  const admin = client.db('admin');
  for (const user of wantedUsers(config.users)) await ensureUser(admin, user, existing, log);
}

function wantedUsers({ admins, owners, readers }: Users): readonly Wanted[] {
  const databases = [...owners.keys()];
  const withRoles = (passwords: Passwords, rolesOf: (name: string) => readonly Role[]) =>
    [...passwords].map(([name, password]) => ({
      name,
      password,
      roles: rolesOf(name),
    }));
  return [
    ...withRoles(admins, () => [{ role: 'root', db: 'admin' }]),
    ...withRoles(owners, (name) => [{ role: 'readWrite', db: name }]),
    ...withRoles(readers, () => databases.map((db) => ({ role: 'read', db }))),
  ];
}

async function ensureUser(admin: Db, wanted: Wanted, existing: Existing, log: Logger): Promise<void> {
  const { name, password, roles } = wanted;
  const { users } = await admin.command({ usersInfo: name });
  const isThere = (users as readonly unknown[]).length > 0;
  if (isThere && existing === 'leave') return;
  await admin.command({
    [isThere ? 'updateUser' : 'createUser']: name,
    pwd: password,
    roles,
  });
  log.info({ user: name }, isThere ? 'user renewed' : 'user created');
}
