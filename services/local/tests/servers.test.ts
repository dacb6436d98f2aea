import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { connect } from 'nats';
import { expect, inject, test } from 'vitest';
import { freePort, startMongo, startNats, startRedis } from '../src/servers/index.ts';

test('the servers of the test run are a MongoDB replica set, Redis and JetStream', async () => {
  await using client = new MongoClient(inject('mongoUri'));
  const session = client.startSession();
  await session.withTransaction(async () => {
    await client.db('local_test').collection('things').insertOne({ name: 'one' }, { session });
  });
  await session.endSession();
  expect(await client.db('local_test').collection('things').countDocuments()).toBe(1);

  const [host = '', port] = inject('redisAddr').split(':');
  const redis = new Redis({ host, port: Number(port) });
  expect(await redis.set('local-test', '1')).toBe('OK');
  await redis.quit();

  const nats = await connect({ servers: inject('natsUrl') });
  const manager = await nats.jetstreamManager();
  await manager.streams.add({ name: 'LOCAL_TEST', subjects: ['local-test'] });
  expect((await nats.jetstream().publish('local-test')).seq).toBe(1);
  await nats.close();
});

test('MongoDB keeps its data over kill -9 and a restart', async () => {
  await using mongo = await startMongo();
  await using client = new MongoClient(mongo.uri);
  const things = client.db('shop').collection('things');
  await things.insertOne({ name: 'kept' }, { writeConcern: { w: 'majority', journal: true } });
  await mongo.kill('SIGKILL');
  await mongo.restart();
  expect(await things.countDocuments({ name: 'kept' })).toBe(1);
  await things.insertOne({ name: 'written after' });
});

test('MongoDB serves its data under another port than the one it was written with', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tradewind-test-'));
  for (const port of [await freePort(), await freePort()]) {
    await using mongo = await startMongo({ dir, port });
    await using client = new MongoClient(mongo.uri);
    await client.db('shop').collection('things').insertOne({ port });
  }
  await rm(dir, { recursive: true });
});

test('JetStream and Redis keep their data over kill -9 and a restart', async () => {
  await using nats = await startNats();
  await using redis = await startRedis();
  const before = await connect({ servers: nats.url });
  await (await before.jetstreamManager()).streams.add({ name: 'KEPT', subjects: ['kept'] });
  await before.jetstream().publish('kept');
  await before.close();
  await nats.kill('SIGKILL');
  await nats.restart();
  const after = await connect({ servers: nats.url });
  expect((await (await after.jetstreamManager()).streams.info('KEPT')).state.messages).toBe(1);
  await after.close();

  const client = new Redis(redis.port, '127.0.0.1');
  await client.set('kept', '1');
  await redis.restart();
  expect(await client.get('kept')).toBe('1');
  await client.quit();
});

test('a disposed test server leaves no process and no folder', async () => {
  const nats = await startNats();
  const { pid, dir } = { pid: nats.program.pid ?? 0, dir: nats.dir };
  expect(existsSync(dir)).toBe(true);
  await nats[Symbol.asyncDispose]();
  expect(existsSync(dir)).toBe(false);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
