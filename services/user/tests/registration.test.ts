import type { UserProfile } from '@tradewind/proto/user/v1/user';
import { connectNats } from '@tradewind/shared/nats';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import type { User } from '../src/user.ts';
import {
  admin,
  log,
  logIn,
  logInAsAdmin,
  newEmail,
  noChange,
  registration,
  startUserApp,
  type UserApp,
} from './user-app.ts';

let app: UserApp;
beforeAll(async () => {
  app = await startUserApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const stored = (id: string) => app.mongo.db.collection<User>('users').findOne({ _id: id });

test('registers a customer with an e-mail, a user name, a name and a phone', async () => {
  const details = { email: newEmail(), username: 'ada.lovelace', name: 'Ada', phone: '+4915112345678' };
  const user = await app.client.register(registration(details));
  expect(user).toMatchObject({ ...details, role: 'ROLE_CUSTOMER' });
  expect(user.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect(Date.now() - (user.createdAt?.getTime() ?? 0)).toBeLessThan(60_000);
});

test('takes a user name without an e-mail, from any number of people', async () => {
  const first = await app.client.register(registration({ email: undefined, username: 'grace' }));
  const second = await app.client.register(registration({ email: undefined, username: 'edsger' }));
  expect(first.email).toBeUndefined();
  expect(second.username).toBe('edsger');
});

test('needs an e-mail or a user name', async () => {
  const attempt = app.client.register(registration({ email: undefined, username: '' }));
  await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', fields: [{ field: 'email' }] });
});

test('names every wrong field', async () => {
  const wrong = { email: 'nobody', username: 'x', password: 'short', name: 'n'.repeat(201), phone: '123' };
  await expect(app.client.register(wrong)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    fields: ['email', 'username', 'password', 'name', 'phone'].map((field) => ({ field })),
  });
});

test('refuses an e-mail or a user name that is taken in another case, and names it', async () => {
  const email = newEmail();
  await app.client.register(registration({ email, username: 'barbara' }));
  const sameEmail = app.client.register(registration({ email: email.toUpperCase() }));
  await expect(sameEmail).rejects.toMatchObject({ code: 'ALREADY_EXISTS', fields: [{ field: 'email' }] });
  const sameName = app.client.register(registration({ username: 'BARBARA' }));
  await expect(sameName).rejects.toMatchObject({ code: 'ALREADY_EXISTS', fields: [{ field: 'username' }] });
});

test('of 20 registrations of one e-mail at once exactly one succeeds', async () => {
  const email = newEmail();
  const attempts = Array.from({ length: 20 }, () => app.client.register(registration({ email })));
  const results = await Promise.allSettled(attempts);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
  }
});

test('stores an argon2id hash and nowhere the password', async () => {
  const { id } = await app.client.register(registration({ password: 'hunter2-hunter2' }));
  const document = await stored(id);
  expect(document?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(JSON.stringify(document)).not.toContain('hunter2');
});

test('announces user.created once with the id alone, and then owes nothing', async () => {
  await using nats = await connectNats(inject('natsUrl'), 'test', log);
  const received: { id: string; body: unknown }[] = [];
  nats.connection.subscribe('user.created', {
    callback: (_, message) => {
      received.push({ id: message.headers?.get('ce-id') ?? '', body: message.json() });
    },
  });
  await nats.connection.flush();
  const { id } = await app.client.register(registration());
  const mine = () => received.filter(({ body }) => (body as { user_id: string }).user_id === id);
  await expect.poll(mine).toEqual([{ id: expect.any(String) as string, body: { user_id: id } }]);
  await expect.poll(async () => (await stored(id))?.owed).toEqual([]);
  expect(await stored(id)).not.toHaveProperty('owedAt');
});

test('the first admin of the configuration is there, and a second start leaves it alone', async () => {
  const { user } = await logIn(app.client, admin.email, admin.password);
  expect(user?.role).toBe('ROLE_ADMIN');
  const again = { mongo: app.config.mongo, firstAdmin: { email: admin.email, password: 'another-password' } };
  await using second = await startUserApp(again);
  const unchanged = await logIn(second.client, admin.email, admin.password);
  expect(unchanged.user?.id).toBe(user?.id);
});

test('the first admin does not come back at a restart once the address is free', async () => {
  await using before = await startUserApp();
  const root = await logInAsAdmin(before.client);
  await before.client.updateUserProfile({ ...noChange(root.id), email: newEmail() }, root.as);
  await using after = await startUserApp({ mongo: before.config.mongo });
  const attempt = logIn(after.client, admin.email, admin.password);
  await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await after.mongo.db.collection('users').countDocuments({ role: 'admin' })).toBe(1);
});

test('without any admin, an address that a customer has makes none, and the log warns', async () => {
  await using before = await startUserApp({ firstAdmin: undefined });
  await before.client.register(registration({ email: admin.email }));
  const warn = vi.spyOn(log, 'warn');
  await using after = await startUserApp({ mongo: before.config.mongo });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('there is no admin'));
  expect(await after.mongo.db.collection('users').countDocuments({ role: 'admin' })).toBe(0);
  warn.mockRestore();
});

test('replicas that start together make one first admin and one signing key', async () => {
  const mongo = { ...app.config.mongo, database: `${app.config.mongo.database}-replicas` };
  await using stack = new AsyncDisposableStack();
  const replicas = await Promise.all(Array.from({ length: 4 }, () => startUserApp({ mongo })));
  for (const replica of replicas) stack.use(replica);
  const [first] = replicas;
  expect(await first?.mongo.db.collection('users').countDocuments()).toBe(1);
  expect(await first?.mongo.db.collection('signing_keys').countDocuments()).toBe(1);
  const sets = await Promise.all(replicas.map(({ client }) => client.getSigningKeys({})));
  expect(new Set(sets.map(({ jwksJson }) => jwksJson)).size).toBe(1);
});

test('a lookup by e-mail, by user name and of admins uses its index', async () => {
  const users = app.mongo.db.collection<User>('users');
  for (const query of [{ email: 'a@example.org' }, { username: 'ada' }, { role: 'admin' as const }]) {
    const plan = JSON.stringify(await users.find(query).explain('queryPlanner'));
    expect(plan).toContain('IXSCAN');
    expect(plan).not.toContain('COLLSCAN');
  }
});

test('only the gateway may register people', async () => {
  const refused = (calling: Promise<UserProfile>, code: string) =>
    expect(calling).rejects.toMatchObject({ code });
  await refused(app.clientOf('order').register(registration()), 'PERMISSION_DENIED');
  await refused(app.clientOf('gateway', 'wrong').register(registration()), 'UNAUTHENTICATED');
});
