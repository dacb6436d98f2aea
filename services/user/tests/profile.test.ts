import type { UpdateUserProfileRequest } from '@tradewind/proto/user/v1/user';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { profileCache } from '../src/profile-cache.ts';
import type { User } from '../src/user.ts';
import {
  join,
  log,
  logIn,
  logInAsAdmin,
  newEmail,
  noChange,
  password,
  registration,
  startUserApp,
  type Person,
  type UserApp,
} from './user-app.ts';

let app: UserApp;
let root: Person;
beforeAll(async () => {
  app = await startUserApp();
  root = await logInAsAdmin(app.client);
});
afterAll(() => app[Symbol.asyncDispose]());

const read = (userId: string, as: Person['as']) => app.client.getUserProfile({ userId }, as);
const update = (person: Person, change: Partial<UpdateUserProfileRequest>, as = person.as) =>
  app.client.updateUserProfile({ ...noChange(person.id), ...change }, as);
const refresh = (refreshToken: string) => app.client.refreshSession({ refreshToken });
const newPassword = 'another good password';

test('people read their own profile, admins everyone’s, others none', async () => {
  const person = await join(app.client);
  const stranger = await join(app.client);
  expect(await read(person.id, person.as)).toMatchObject({ id: person.id, email: person.email });
  expect(await read(person.id, root.as)).toEqual(await read(person.id, person.as));
  await expect(read(person.id, stranger.as)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});

test('there is no profile of an unknown user', async () => {
  await expect(read('nobody', root.as)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a profile is cached for five minutes, without password data', async () => {
  const person = await join(app.client);
  const profile = await read(person.id, person.as);
  const key = `user:${person.id}`;
  const cached = JSON.stringify(await app.redis.hgetall(key));
  expect(cached).toContain(person.email);
  expect(cached).not.toMatch(/argon2|password|stamp/i);
  expect(await app.redis.pttl(key)).toBeGreaterThan(290_000);
  expect(await app.redis.pttl(key)).toBeLessThanOrEqual(300_000);
  // What is answered from the cache is what the database would answer.
  await app.mongo.db
    .collection<{ _id: string }>('users')
    .updateOne({ _id: person.id }, { $set: { name: 'unseen' } });
  expect(await read(person.id, person.as)).toEqual(profile);
});

test('a profile that was read before a change does not replace the changed one in the cache', async () => {
  const person = await join(app.client);
  const before = await app.mongo.db.collection<User>('users').findOne({ _id: person.id });
  const changed = await update(person, { name: 'Grace' });
  if (before) await profileCache(app.redis, log).put(before);
  expect(await read(person.id, person.as)).toEqual(changed);
});

test('changes the fields that are sent and no others', async () => {
  const person = await join(app.client, { phone: '+4915112345678' });
  await read(person.id, person.as);
  const changed = await update(person, { name: 'Grace' });
  expect(changed).toMatchObject({ name: 'Grace', email: person.email, phone: '+4915112345678' });
  expect(await read(person.id, person.as)).toEqual(changed);
});

test('takes away a name and a phone that are sent empty, but not the e-mail', async () => {
  const person = await join(app.client, { phone: '+4915112345678' });
  const { name, phone } = await update(person, { name: '', phone: '' });
  expect([name, phone]).toEqual([undefined, undefined]);
  await expect(update(person, { email: '' })).rejects.toMatchObject({ fields: [{ field: 'email' }] });
});

test('a changed e-mail is the new login, and frees the old one', async () => {
  const person = await join(app.client);
  const email = newEmail();
  await update(person, { email: email.toUpperCase() });
  await expect(logIn(app.client, email)).resolves.toBeDefined();
  await expect(logIn(app.client, person.email)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(app.client.register(registration({ email: person.email }))).resolves.toBeDefined();
});

test('an e-mail of somebody else is refused', async () => {
  const person = await join(app.client);
  const other = await join(app.client);
  const attempt = update(person, { email: other.email });
  await expect(attempt).rejects.toMatchObject({ code: 'ALREADY_EXISTS', fields: [{ field: 'email' }] });
});

test('nobody but an admin changes somebody else', async () => {
  const person = await join(app.client);
  const stranger = await join(app.client);
  await expect(update(person, { name: 'Eve' }, stranger.as)).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  expect(await update(person, { name: 'By an admin' }, root.as)).toMatchObject({ name: 'By an admin' });
});

test('a new password needs the current one', async () => {
  const person = await join(app.client);
  for (const currentPassword of [undefined, 'wrong password']) {
    const attempt = update(person, { newPassword, currentPassword });
    await expect(attempt).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field: 'current_password' }],
    });
  }
  await expect(update(person, { newPassword: 'short', currentPassword: password })).rejects.toMatchObject({
    fields: [{ field: 'new_password' }],
  });
  await expect(logIn(app.client, person.email)).resolves.toBeDefined();
});

test('a new password ends the other sessions, and the one that set it goes on', async () => {
  const person = await join(app.client);
  const other = await logIn(app.client, person.email);
  await update(person, { newPassword, currentPassword: password });
  await expect(refresh(other.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(refresh(person.tokens.refreshToken)).resolves.toBeDefined();
  await expect(logIn(app.client, person.email)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(logIn(app.client, person.email, newPassword)).resolves.toBeDefined();
  const { sessions } = await app.client.listSessions({}, person.as);
  expect(sessions.map(({ id }) => id)).not.toContain(other.sessionId);
});

test('repeating a change of password succeeds, since its answer may have been lost', async () => {
  const person = await join(app.client);
  await update(person, { newPassword, currentPassword: password });
  await expect(update(person, { newPassword, currentPassword: password })).resolves.toBeDefined();
  await expect(logIn(app.client, person.email, newPassword)).resolves.toBeDefined();
});

test('of changes of password at once one wins', async () => {
  const person = await join(app.client);
  const attempts = [1, 2, 3, 4].map((count) =>
    update(person, { newPassword: `${newPassword} ${count}`, currentPassword: password }),
  );
  const results = await Promise.allSettled(attempts);
  const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index + 1] : []));
  expect(winners).toHaveLength(1);
  await expect(logIn(app.client, person.email, `${newPassword} ${winners[0] ?? 0}`)).resolves.toBeDefined();
});

test('logins that meet a change of password leave no session under the old one', async () => {
  const person = await join(app.client);
  const change = update(person, { newPassword }, root.as);
  // By these answers the new password is being hashed: the logins read the old hash, and are checked after the change.
  for (const as of [root.as, person.as]) await read(person.id, as);
  const logins = Array.from({ length: 8 }, () => logIn(app.client, person.email).catch(() => undefined));
  const [answers] = await Promise.all([Promise.all(logins), change]);
  for (const tokens of answers) {
    if (tokens) expect(await app.redis.zscore('sessions:revoked', tokens.sessionId)).not.toBeNull();
  }
  expect(await app.redis.zcard(`sessions:{${person.id}}`)).toBe(0);
});

test('an admin sets the password of somebody else, which ends all their sessions', async () => {
  const person = await join(app.client);
  // The session that a person's own change kept is no exception.
  await update(person, { newPassword: `${newPassword}!`, currentPassword: password });
  await update(person, { newPassword }, root.as);
  await expect(refresh(person.tokens.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(logIn(app.client, person.email, newPassword)).resolves.toBeDefined();
});

test('only the notification service learns where to reach somebody', async () => {
  const person = await join(app.client, { phone: '+4915112345678' });
  const contact = await app.clientOf('notification').getContact({ userId: person.id });
  expect(contact).toEqual({ email: person.email, phone: '+4915112345678', name: 'Ada' });
  for (const caller of ['gateway', 'order'] as const) {
    const denied = { code: 'PERMISSION_DENIED' };
    const client = app.clientOf(caller);
    await expect(client.getContact({ userId: person.id })).rejects.toMatchObject(denied);
    await expect(client.getContacts({ userIds: [person.id] })).rejects.toMatchObject(denied);
  }
});

test('many contacts are one call, without users who are gone', async () => {
  const [ada, bo] = [await join(app.client), await join(app.client)];
  const client = app.clientOf('notification');
  const { contacts } = await client.getContacts({ userIds: [ada.id, bo.id, 'nobody'] });
  const contactOf = ({ email }: { email: string }) => ({ email, phone: undefined, name: 'Ada' });
  expect(contacts).toEqual({ [ada.id]: contactOf(ada), [bo.id]: contactOf(bo) });
  await expect(
    client.getContacts({ userIds: Array.from({ length: 201 }, () => ada.id) }),
  ).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});
