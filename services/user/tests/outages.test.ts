import { startNats, startRedis } from '@tradewind/local/servers';
import { expect, test } from 'vitest';
import type { User } from '../src/user.ts';
import { join, logIn, noChange, registration, startUserApp, testConfig } from './user-app.ts';

const redisAt = (address: string) => ({ redis: { ...testConfig('unused').redis, address } });

test('without Redis logins and refreshes are unavailable while profiles and registrations go on', async () => {
  await using redis = await startRedis();
  await using app = await startUserApp(redisAt(redis.addr));
  const person = await join(app.client);
  const read = () => app.client.getUserProfile({ userId: person.id }, person.as);
  const profile = await read();

  await redis.kill('SIGKILL');
  const unavailable = { code: 'UNAVAILABLE' };
  await expect(logIn(app.client, person.email)).rejects.toMatchObject(unavailable);
  const refresh = () => app.client.refreshSession({ refreshToken: person.tokens.refreshToken });
  await expect(refresh()).rejects.toMatchObject(unavailable);
  await expect(app.client.listSessions({}, person.as)).rejects.toMatchObject(unavailable);
  expect(await read()).toEqual(profile);
  await expect(app.client.register(registration())).resolves.toBeDefined();
  const rename = { ...noChange(person.id), name: 'Renamed' };
  await expect(app.client.updateUserProfile(rename, person.as)).resolves.toMatchObject({ name: 'Renamed' });

  await redis.restart();
  await expect.poll(() => logIn(app.client, person.email), { timeout: 10_000 }).toBeDefined();
});

test('a deletion that Redis kept from ending is ended by its repeat', async () => {
  await using redis = await startRedis();
  await using app = await startUserApp(redisAt(redis.addr));
  const person = await join(app.client);
  await redis.kill('SIGKILL');
  const remove = () => app.client.deleteUser({ userId: person.id }, person.as);
  await expect(remove()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await redis.restart();
  await expect.poll(remove, { timeout: 10_000 }).toEqual({});
  const refresh = app.client.refreshSession({ refreshToken: person.tokens.refreshToken });
  await expect(refresh).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('without NATS people register, and user.created is published when it is back', async () => {
  await using nats = await startNats();
  await using app = await startUserApp({ natsUrl: nats.url });
  await nats.kill('SIGKILL');
  const { id } = await app.client.register(registration());
  const users = app.mongo.db.collection<User>('users');
  const owed = async () => (await users.findOne({ _id: id }))?.owed.map(({ type }) => type);
  expect(await owed()).toEqual(['user.created']);
  await nats.restart();
  await users.updateOne({ _id: id }, { $set: { owedAt: new Date(0) } });
  await expect.poll(owed, { timeout: 20_000 }).toEqual([]);
});

test('a service that starts without NATS serves people, and publishes when NATS comes', async () => {
  await using nats = await startNats();
  await nats.stop();
  await using app = await startUserApp({
    natsUrl: nats.url,
    owedTimes: { afterMs: 100, retryMs: 100 },
  });
  const { id } = await app.client.register(registration());
  await nats.restart();
  const users = app.mongo.db.collection<User>('users');
  await expect.poll(async () => (await users.findOne({ _id: id }))?.owed, { timeout: 20_000 }).toEqual([]);
});
