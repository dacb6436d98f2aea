import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword, isOutdated } from '../src/password-hash.ts';
import type { User } from '../src/user.ts';
import { join, logIn, newEmail, password, registration, startUserApp, type UserApp } from './user-app.ts';

let app: UserApp;
beforeAll(async () => {
  app = await startUserApp();
});
afterAll(() => app[Symbol.asyncDispose]());

test('logs in by e-mail and by user name, in any case', async () => {
  const email = newEmail();
  const { id } = await app.client.register(registration({ email, username: 'margaret' }));
  for (const login of [email, email.toUpperCase(), 'margaret', ' Margaret ']) {
    expect((await logIn(app.client, login)).user?.id).toBe(id);
  }
});

test('answers tokens with their ends: 15 minutes and 30 days', async () => {
  const { tokens, id } = await join(app.client);
  const minutesTo = (date: Date | undefined) => ((date?.getTime() ?? 0) - Date.now()) / 60_000;
  expect(minutesTo(tokens.accessExpiresAt)).toBeCloseTo(15, 0);
  expect(minutesTo(tokens.refreshExpiresAt) / 60 / 24).toBeCloseTo(30, 1);
  expect(tokens.user).toMatchObject({ id, role: 'ROLE_CUSTOMER' });
});

test('gives one answer for an unknown login and a wrong password', async () => {
  const { email } = await join(app.client);
  const answer = async (login: string) => {
    const error: unknown = await logIn(app.client, login, 'wrong password').catch(
      (thrown: unknown) => thrown,
    );
    const { code, message, fields, details } = error as Record<string, unknown>;
    return { code, message, fields, details };
  };
  expect(await answer(newEmail())).toEqual(await answer(email));
  expect(await answer(email)).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('works as much for an unknown login as for a wrong password', async () => {
  const { email } = await join(app.client);
  // Processor time, since a busy machine stretches the clock's; the least of several leaves out what ran beside it.
  const leastWork = async (login: string) => {
    const micros: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const before = process.cpuUsage();
      await logIn(app.client, login, 'wrong password').catch(() => undefined);
      const { user, system } = process.cpuUsage(before);
      micros.push(user + system);
    }
    return Math.min(...micros);
  };
  expect(await leastWork(newEmail())).toBeGreaterThan(0.6 * (await leastWork(email)));
});

test('takes a password spelled with other code points of the same characters', async () => {
  const { email } = await app.client.register(registration({ password: 'caf\u00e9-caf\u00e9' }));
  await expect(logIn(app.client, email ?? '', 'cafe\u0301-cafe\u0301')).resolves.toBeDefined();
});

test('renews a hash of an older cost at login', async () => {
  const { id, email } = await join(app.client);
  const users = app.mongo.db.collection<User>('users');
  const cheap = await hashPassword(password, { memory: 1024, passes: 1, parallelism: 1 });
  await users.updateOne({ _id: id }, { $set: { passwordHash: cheap } });
  await logIn(app.client, email);
  const renewed = (await users.findOne({ _id: id }))?.passwordHash ?? '';
  expect(isOutdated(renewed)).toBe(false);
  await expect(logIn(app.client, email)).resolves.toBeDefined();
});

test('refuses logins beyond the queue, with a time to come back, and serves the others', async () => {
  await using small = await startUserApp({ hashing: { concurrency: 1, queue: 2 } });
  const { email } = await join(small.client);
  const attempts = Array.from({ length: 12 }, () => logIn(small.client, email));
  const results = await Promise.allSettled(attempts);
  const refused = results.filter((result) => result.status === 'rejected');
  expect(results.length - refused.length).toBeGreaterThanOrEqual(3);
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) {
    expect(reason).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 2000 });
  }
  await expect(logIn(small.client, email)).resolves.toBeDefined();
});

test('a device has at most 200 characters', async () => {
  const { email } = await join(app.client);
  const attempt = app.client.authenticate({ login: email, password, device: 'd'.repeat(201) });
  await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', fields: [{ field: 'device' }] });
});
