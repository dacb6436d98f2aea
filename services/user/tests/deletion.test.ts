import { connectNats } from '@tradewind/shared/nats';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ErasedUser } from '../src/user.ts';
import {
  join,
  log,
  logIn,
  logInAsAdmin,
  noChange,
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

const remove = (userId: string, as: Person['as']) => app.client.deleteUser({ userId }, as);
const stored = (id: string) => app.mongo.db.collection<ErasedUser>('users').findOne({ _id: id });

test('leaves the id and the time of deletion, and nothing personal', async () => {
  const person = await join(app.client, { username: 'hedy', phone: '+4915112345678' });
  await remove(person.id, person.as);
  await expect.poll(async () => (await stored(person.id))?.owed).toEqual([]);
  const document = await stored(person.id);
  expect(Object.keys(document ?? {}).sort()).toEqual(['_id', 'deletedAt', 'owed', 'version']);
  expect(document?.deletedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
});

test('announces user.deleted', async () => {
  await using nats = await connectNats(inject('natsUrl'), 'test', log);
  const deleted: unknown[] = [];
  nats.connection.subscribe('user.deleted', {
    callback: (_, message) => {
      deleted.push(message.json());
    },
  });
  await nats.connection.flush();
  const person = await join(app.client);
  await remove(person.id, person.as);
  await expect.poll(() => deleted).toContainEqual({ user_id: person.id });
});

test('the profile is gone at once, also from the cache, and the contact too', async () => {
  const person = await join(app.client);
  await app.client.getUserProfile({ userId: person.id }, person.as);
  await remove(person.id, person.as);
  const notFound = { code: 'NOT_FOUND' };
  await expect(app.client.getUserProfile({ userId: person.id }, root.as)).rejects.toMatchObject(notFound);
  await expect(app.clientOf('notification').getContact({ userId: person.id })).rejects.toMatchObject(
    notFound,
  );
  const { contacts } = await app.clientOf('notification').getContacts({ userIds: [person.id] });
  expect(contacts).toEqual({});
  expect(JSON.stringify(await app.redis.hgetall(`user:${person.id}`))).not.toContain('@');
  await app.redis.del(`user:${person.id}`);
  await expect(app.client.getUserProfile({ userId: person.id }, root.as)).rejects.toMatchObject(notFound);
});

test('ends every session', async () => {
  const person = await join(app.client);
  const other = await logIn(app.client, person.email);
  await remove(person.id, person.as);
  for (const { refreshToken, sessionId } of [person.tokens, other]) {
    const attempt = app.client.refreshSession({ refreshToken });
    await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await app.redis.zscore('sessions:revoked', sessionId)).not.toBeNull();
  }
  const read = () => app.client.listSessions({}, person.as).catch((error: unknown) => error);
  await expect.poll(read, { timeout: 5_000 }).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('the e-mail and the user name are free again, and the old login is unknown', async () => {
  const person = await join(app.client, { username: 'radia' });
  await remove(person.id, person.as);
  await expect(logIn(app.client, person.email)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const next = await app.client.register(registration({ email: person.email, username: 'radia' }));
  expect(next.id).not.toBe(person.id);
});

test('a repeat changes nothing', async () => {
  const person = await join(app.client);
  await remove(person.id, person.as);
  const before = await stored(person.id);
  await remove(person.id, root.as);
  expect((await stored(person.id))?.deletedAt).toEqual(before?.deletedAt);
});

test('is for the person and for admins, and an unknown user is not found', async () => {
  const person = await join(app.client);
  const stranger = await join(app.client);
  await expect(remove(person.id, stranger.as)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  await expect(remove('nobody', root.as)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(remove(person.id, root.as)).resolves.toBeDefined();
});

test('a deleted user cannot be changed', async () => {
  const person = await join(app.client);
  await remove(person.id, person.as);
  const role = app.client.setUserRole({ userId: person.id, role: 'ROLE_ADMIN' }, root.as);
  await expect(role).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const change = app.client.updateUserProfile({ ...noChange(person.id), name: 'Ghost' }, root.as);
  await expect(change).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
