import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSecret } from '../src/refresh-token.ts';
import { sessionStore } from '../src/sessions.ts';
import type { User } from '../src/user.ts';
import { join, logIn, startUserApp, type Person, type UserApp } from './user-app.ts';

let app: UserApp;
beforeAll(async () => {
  app = await startUserApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const refresh = (refreshToken: string, { client } = app) => client.refreshSession({ refreshToken });
const isOver = { code: 'UNAUTHENTICATED', message: 'the session is over: log in again' };
const revoked = (sessionId: string) => app.redis.zscore('sessions:revoked', sessionId);

async function accessIsRefused({ id, as }: Person): Promise<void> {
  const read = () => app.client.getUserProfile({ userId: id }, as).catch((error: unknown) => error);
  await expect.poll(read, { timeout: 5_000 }).toMatchObject({ code: 'UNAUTHENTICATED' });
}

test('a refresh token is exchanged for its successor in the same session', async () => {
  const { id, tokens } = await join(app.client);
  const next = await refresh(tokens.refreshToken);
  expect(next.sessionId).toBe(tokens.sessionId);
  expect(next.refreshToken).not.toBe(tokens.refreshToken);
  await expect(app.client.getUserProfile({ userId: id }, { token: next.accessToken })).resolves.toBeDefined();
  await expect(refresh(next.refreshToken)).resolves.toMatchObject({ sessionId: tokens.sessionId });
});

test('one refresh token used 10 times at once has one successor', async () => {
  const { tokens } = await join(app.client);
  const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(tokens.refreshToken)));
  const successors = new Set(answers.map(({ refreshToken }) => refreshToken));
  expect(successors.size).toBe(1);
  const [successor = ''] = successors;
  await expect(refresh(successor)).resolves.toBeDefined();
});

test('a token used again after the grace ends the session and its access tokens', async () => {
  await using hasty = await startUserApp({
    sessions: { ttlMs: 60_000, graceMs: 20 },
    mongo: app.config.mongo,
  });
  const person = await join(hasty.client);
  const { refreshToken } = await refresh(person.tokens.refreshToken, hasty);
  const reuse = () => refresh(person.tokens.refreshToken, hasty).catch((error: unknown) => error);
  await expect.poll(reuse).toMatchObject(isOver);
  await expect(refresh(refreshToken, hasty)).rejects.toMatchObject(isOver);
  expect(await revoked(person.tokens.sessionId)).not.toBeNull();
  await accessIsRefused(person);
});

test('a token from before the previous one ends the session, within the grace too', async () => {
  const { tokens } = await join(app.client);
  const second = await refresh(tokens.refreshToken);
  const third = await refresh(second.refreshToken);
  await expect(refresh(tokens.refreshToken)).rejects.toMatchObject(isOver);
  await expect(refresh(third.refreshToken)).rejects.toMatchObject(isOver);
});

test('an unknown or malformed token is refused and harms nobody', async () => {
  const { tokens, id } = await join(app.client);
  const stranger = `${id}.00000000-0000-4000-8000-000000000000.${newSecret()}`;
  for (const token of ['', 'nonsense', tokens.accessToken, stranger]) {
    await expect(refresh(token)).rejects.toMatchObject(isOver);
  }
  await expect(refresh(tokens.refreshToken)).resolves.toBeDefined();
});

test('Redis holds no token, only its hash, and the session ends by itself', async () => {
  const { id, tokens } = await join(app.client);
  const { refreshToken } = await refresh(tokens.refreshToken);
  const key = `session:{${id}}:${tokens.sessionId}`;
  const held = JSON.stringify(await app.redis.hgetall(key));
  for (const token of [tokens.refreshToken, refreshToken]) {
    expect(held).not.toContain(token.split('.')[2]);
  }
  const month = 30 * 86_400_000;
  for (const expiring of [key, `sessions:{${id}}`]) {
    const ttl = await app.redis.pttl(expiring);
    expect(ttl).toBeGreaterThan(month - 60_000);
    expect(ttl).toBeLessThanOrEqual(month);
  }
});

test('a session that is not used ends', async () => {
  await using brief = await startUserApp({ sessions: { ttlMs: 300, graceMs: 20 }, mongo: app.config.mongo });
  const { tokens, id } = await join(brief.client);
  const key = `session:{${id}}:${tokens.sessionId}`;
  await expect.poll(() => brief.redis.exists(key)).toBe(0);
  await expect(refresh(tokens.refreshToken, brief)).rejects.toMatchObject(isOver);
});

test('lists the open sessions, the newest first, and marks the one that asks', async () => {
  const person = await join(app.client);
  const second = await app.client
    .authenticate({ login: person.email, password: 'x', device: '' })
    .catch(() => null);
  expect(second).toBeNull();
  const newer = await logIn(app.client, person.email);
  const { sessions } = await app.client.listSessions({}, person.as);
  expect(sessions.map(({ id, current }) => ({ id, current }))).toEqual([
    { id: newer.sessionId, current: false },
    { id: person.tokens.sessionId, current: true },
  ]);
  expect(sessions[0]?.device).toBe('a browser');
});

test('a refresh shows in the list as the last use', async () => {
  const person = await join(app.client);
  const lastUse = async () => {
    const { sessions } = await app.client.listSessions({}, person.as);
    return (sessions[0]?.lastUsedAt?.getTime() ?? 0) - (sessions[0]?.createdAt?.getTime() ?? 0);
  };
  expect(await lastUse()).toBe(0);
  await refresh(person.tokens.refreshToken);
  expect(await lastUse()).toBeGreaterThan(0);
});

test('logging out ends the own session, and a repeat changes nothing', async () => {
  const person = await join(app.client);
  const other = await logIn(app.client, person.email);
  await app.client.revokeSession({ sessionId: '' }, person.as);
  await app.client.revokeSession({ sessionId: '' }, person.as);
  await expect(refresh(person.tokens.refreshToken)).rejects.toMatchObject(isOver);
  await expect(refresh(other.refreshToken)).resolves.toBeDefined();
  await accessIsRefused(person);
});

test('ends another session of the same person', async () => {
  const person = await join(app.client);
  const lost = await logIn(app.client, person.email);
  await app.client.revokeSession({ sessionId: lost.sessionId }, person.as);
  await expect(refresh(lost.refreshToken)).rejects.toMatchObject(isOver);
  const { sessions } = await app.client.listSessions({}, person.as);
  expect(sessions.map(({ id }) => id)).toEqual([person.tokens.sessionId]);
});

test('a hundred sessions stay open; a login beyond ends the one not used for longest', async () => {
  const person = await join(app.client);
  const unused = await logIn(app.client, person.email);
  const { refreshToken } = await refresh(person.tokens.refreshToken);
  const sessions = sessionStore(app.redis, app.config.sessions, app.config.accessTokenTtlMs);
  for (let count = 0; count < 98; count += 1) await sessions.open(person.id, 'stamp', '');
  expect(await sessions.list(person.id)).toHaveLength(100);
  const newest = await logIn(app.client, person.email);
  expect(await sessions.list(person.id)).toHaveLength(100);
  expect(await revoked(unused.sessionId)).not.toBeNull();
  await expect(refresh(unused.refreshToken)).rejects.toMatchObject(isOver);
  for (const token of [refreshToken, newest.refreshToken])
    await expect(refresh(token)).resolves.toBeDefined();
});

test('nobody ends the session of somebody else', async () => {
  const person = await join(app.client);
  const stranger = await join(app.client);
  await app.client.revokeSession({ sessionId: person.tokens.sessionId }, stranger.as);
  expect(await revoked(person.tokens.sessionId)).toBeNull();
  await expect(refresh(person.tokens.refreshToken)).resolves.toBeDefined();
});

test('a session opened under another password or role ends at its refresh, though nothing revoked it', async () => {
  const person = await join(app.client);
  const users = app.mongo.db.collection<User>('users');
  await users.updateOne({ _id: person.id }, { $set: { securityStamp: 'another' } });
  await expect(refresh(person.tokens.refreshToken)).rejects.toMatchObject(isOver);
  expect(await revoked(person.tokens.sessionId)).not.toBeNull();
});
