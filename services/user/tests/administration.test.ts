import type { UserProfile } from '@tradewind/proto/user/v1/user';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { join, logIn, logInAsAdmin, startUserApp, type Person, type UserApp } from './user-app.ts';

let app: UserApp;
let root: Person;
beforeAll(async () => {
  app = await startUserApp();
  root = await logInAsAdmin(app.client);
});
afterAll(() => app[Symbol.asyncDispose]());

const list = (query: Partial<{ pageSize: number; pageToken: string; login: string }>, as = root.as) =>
  app.client.listUsers({ pageSize: 0, pageToken: '', login: '', ...query }, as);

/** Somebody who has logged in as an admin. */
async function joinAsAdmin({ client } = app, by = root): Promise<Person> {
  const person = await join(client);
  await client.setUserRole({ userId: person.id, role: 'ROLE_ADMIN' }, by.as);
  const tokens = await logIn(client, person.email);
  return { ...person, tokens, as: { token: tokens.accessToken } };
}

test('lists everyone once over pages, in the order of registration', async () => {
  const joined: string[] = [];
  for (let count = 0; count < 5; count += 1) joined.push((await join(app.client)).id);
  const seen: UserProfile[] = [];
  let pageToken = '';
  do {
    const page = await list({ pageSize: 2, pageToken });
    expect(page.users.length).toBeLessThanOrEqual(2);
    seen.push(...page.users);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  const ids = seen.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.slice(-5)).toEqual(joined);
});

test('a deleted user is not listed', async () => {
  const person = await join(app.client);
  await app.client.deleteUser({ userId: person.id }, root.as);
  const { users } = await list({ pageSize: 100 });
  expect(users.map(({ id }) => id)).not.toContain(person.id);
});

test('finds one person by e-mail or user name', async () => {
  const person = await join(app.client, { username: 'katherine' });
  for (const login of [person.email.toUpperCase(), 'Katherine']) {
    expect((await list({ login })).users.map(({ id }) => id)).toEqual([person.id]);
  }
  expect((await list({ login: 'nobody' })).users).toEqual([]);
});

test('refuses a page size or token that is none', async () => {
  await expect(list({ pageSize: 101 })).rejects.toMatchObject({ fields: [{ field: 'page_size' }] });
  await expect(list({ pageToken: 'x' })).rejects.toMatchObject({ fields: [{ field: 'page_token' }] });
});

test('lists and roles are for admins', async () => {
  const person = await join(app.client);
  await expect(list({}, person.as)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  const attempt = app.client.setUserRole({ userId: person.id, role: 'ROLE_ADMIN' }, person.as);
  await expect(attempt).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});

test('a new role holds from the next login, and sessions under the old one end', async () => {
  const person = await join(app.client);
  const { role } = await app.client.setUserRole({ userId: person.id, role: 'ROLE_MERCHANT' }, root.as);
  expect(role).toBe('ROLE_MERCHANT');
  const refresh = app.client.refreshSession({ refreshToken: person.tokens.refreshToken });
  await expect(refresh).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const read = () =>
    app.client.getUserProfile({ userId: person.id }, person.as).catch((error: unknown) => error);
  await expect.poll(read, { timeout: 5_000 }).toMatchObject({ code: 'UNAUTHENTICATED' });
  const tokens = await logIn(app.client, person.email);
  expect(decodeJwt(tokens.accessToken)).toMatchObject({ role: 'merchant' });
});

test('setting the role that somebody has leaves their sessions alone', async () => {
  const person = await join(app.client);
  await app.client.setUserRole({ userId: person.id, role: 'ROLE_CUSTOMER' }, root.as);
  const refresh = app.client.refreshSession({ refreshToken: person.tokens.refreshToken });
  await expect(refresh).resolves.toBeDefined();
});

test('no role and no user are refused', async () => {
  const none = app.client.setUserRole({ userId: root.id, role: 'ROLE_UNSPECIFIED' }, root.as);
  await expect(none).rejects.toMatchObject({ fields: [{ field: 'role' }] });
  const nobody = app.client.setUserRole({ userId: 'nobody', role: 'ROLE_ADMIN' }, root.as);
  await expect(nobody).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('the last admin can neither step down nor delete themselves; with another one they can', async () => {
  await using other = await startUserApp();
  const last = await logInAsAdmin(other.client);
  const stepDown = () => other.client.setUserRole({ userId: last.id, role: 'ROLE_CUSTOMER' }, last.as);
  await expect(stepDown()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  const leave = other.client.deleteUser({ userId: last.id }, last.as);
  await expect(leave).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  await joinAsAdmin(other, last);
  await expect(stepDown()).resolves.toMatchObject({ role: 'ROLE_CUSTOMER' });
});

test('of admins who all leave at once one stays', async () => {
  await using other = await startUserApp();
  const first = await logInAsAdmin(other.client);
  const admins = [first];
  for (let count = 0; count < 4; count += 1) admins.push(await joinAsAdmin(other, first));
  const results = await Promise.allSettled(
    admins.map(({ id, as }, index) =>
      index % 2 === 0
        ? other.client.deleteUser({ userId: id }, as)
        : other.client.setUserRole({ userId: id, role: 'ROLE_CUSTOMER' }, as),
    ),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  expect(await other.mongo.db.collection('users').countDocuments({ role: 'admin' })).toBe(1);
});
