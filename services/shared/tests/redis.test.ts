import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { startRedis } from '@tradewind/local/servers';
import { revokeSessions, watchRevocations } from '../src/auth/index.ts';
import { classify } from '../src/errors/index.ts';
import { connectRedis, redisFailure, versionedCache, type ConnectedRedis } from '../src/redis/index.ts';
import { log, patience } from './event-kit.ts';

const connect = (address: string) => connectRedis({ address, password: undefined, database: 0 }, log);
const ready = (redis: ConnectedRedis) => expect.poll(() => redis.status, patience).toBe('ready');

let redis: ConnectedRedis;

beforeEach(async () => {
  redis = connect(inject('redisAddr'));
  await ready(redis);
});

afterEach(async () => {
  await redis[Symbol.asyncDispose]();
});

const cacheOf = (client = redis, ttlMs = 60_000) => versionedCache<string>(client, randomUUID(), ttlMs, log);
const entry = (version: number) => ({ id: 'x', version, value: `v${version}` });

test('an older version never replaces a newer one in the cache', async () => {
  const cache = cacheOf();
  expect(await cache.get('x')).toBeUndefined();
  for (const version of [9, 10, 9, 2]) await cache.put([entry(version)]);
  expect(await cache.get('x')).toBe('v10');
});

test('what the cache holds expires', async () => {
  const cache = cacheOf(redis, 50);
  await cache.put([entry(1)]);
  await expect.poll(() => cache.get('x'), patience).toBeUndefined();
});

test('while Redis is away the cache misses at once, and what needs Redis is UNAVAILABLE soon', async () => {
  await using server = await startRedis();
  await using client = connect(server.addr);
  await ready(client);
  const cache = cacheOf(client);
  await cache.put([entry(1)]);
  await server.kill('SIGSTOP');
  const startedAt = performance.now();
  expect(await cache.get('x')).toBeUndefined();
  await cache.put([entry(2)]);
  const hung: unknown = await client.get('x').catch((error: unknown) => error);
  expect(classify(hung, [redisFailure]).code).toBe('UNAVAILABLE');
  await server.kill('SIGKILL');
  await expect.poll(() => client.status, patience).not.toBe('ready');
  expect(await cache.get('x')).toBeUndefined();
  const gone: unknown = await client.get('x').catch((error: unknown) => error);
  expect(classify(gone, [redisFailure]).code).toBe('UNAVAILABLE');
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await server.restart();
  await ready(client);
  await cache.put([entry(3)]);
  expect(await cache.get('x')).toBe('v3');
});

test('a command that Redis refuses is not taken for an outage', async () => {
  await redis.set('text', 'a');
  const refused: unknown = await redis.incr('text').catch((error: unknown) => error);
  expect(redisFailure(refused)).toBeUndefined();
});

test('revoked sessions are known to those that watch, for as long as their tokens live', async () => {
  await using server = await startRedis();
  await using client = connect(server.addr);
  await using revocations = await watchRevocations(client, log, 20);
  await revokeSessions(client, ['a', 'b'], 60_000);
  await revokeSessions(client, ['short'], 1_000);
  await expect.poll(() => revocations.has('a') && revocations.has('b'), patience).toBe(true);
  expect(revocations.has('c')).toBe(false);
  await expect.poll(() => revocations.has('short'), patience).toBe(false);
  await revokeSessions(client, [], 60_000);
  expect(await client.zcard('sessions:revoked')).toBeGreaterThanOrEqual(2);
});

test('while Redis is away what was revoked stays revoked', async () => {
  await using server = await startRedis();
  await using client = connect(server.addr);
  await using revocations = await watchRevocations(client, log, 20);
  await revokeSessions(client, ['a'], 60_000);
  await expect.poll(() => revocations.has('a'), patience).toBe(true);
  await server.stop();
  await expect(client.get('x')).rejects.toThrow();
  expect(revocations.has('a')).toBe(true);
});
