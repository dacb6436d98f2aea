import { randomUUID } from 'node:crypto';
import { expect, inject, test, vi } from 'vitest';
import { startMongo } from '@tradewind/local/servers';
import { connectMongo, mongoFailure, transact } from '../src/mongo/index.ts';
import { log, patience } from './event-kit.ts';

const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => mongoFailure(error)?.code ?? `unknown: ${String(error)}`,
  );

test('a database that is away is UNAVAILABLE within seconds, and one that is back is used again', async () => {
  await using server = await startMongo();
  await using mongo = await connectMongo(server.uri, 'away', log);
  const things = mongo.db.collection<{ _id: string }>('things');
  await things.insertOne({ _id: 'before' });
  await server.kill('SIGKILL');
  const startedAt = performance.now();
  const codes = await Promise.all([
    failure(things.findOne()),
    failure(things.insertOne({ _id: 'meanwhile' })),
    failure(transact(mongo.client, (session) => things.insertOne({ _id: 'in transaction' }, { session }))),
    failure(things.bulkWrite([{ insertOne: { document: { _id: 'together' } } }], { ordered: false })),
    failure(things.insertMany([{ _id: 'many' }], { ordered: false })),
  ]);
  expect(codes).toEqual(Array(5).fill('UNAVAILABLE'));
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await server.restart();
  expect(await failure(things.insertOne({ _id: 'after' }))).toBe('none');
  expect(await things.countDocuments()).toBe(2);
});

test('who comes before the database waits for it, and says so once', async () => {
  await using server = await startMongo();
  await server.stop();
  const warn = vi.spyOn(log, 'warn');
  const connecting = connectMongo(server.uri, 'early', log, { selectionMs: 100 });
  await expect.poll(() => warn.mock.calls, patience).toHaveLength(1);
  expect(warn).toHaveBeenLastCalledWith(expect.anything(), 'mongodb is not there yet');
  await server.restart();
  await using mongo = await connecting;
  expect(await failure(mongo.db.collection('things').insertOne({}))).toBe('none');
});

test('what the database refuses is not taken for an outage', async () => {
  await using mongo = await connectMongo(inject('mongoUri'), `refusals_${randomUUID()}`, log);
  const things = mongo.db.collection<{ _id: string }>('things');
  await things.insertOne({ _id: 'a' });
  expect(await failure(things.insertOne({ _id: 'a' }))).toContain('unknown');
  expect(await failure(mongo.db.command({ nonsense: 1 }))).toContain('unknown');
  expect(mongoFailure(new Error('ECONNREFUSED'))).toBeUndefined();
  await mongo.db.dropDatabase();
});

test('a reading that takes longer than it may is not one that should be tried again', async () => {
  await using mongo = await connectMongo(inject('mongoUri'), `slow_${randomUUID()}`, log);
  const things = mongo.db.collection('things');
  await things.insertOne({});
  const slow = { $where: 'function () { while (true); }' };
  expect(await failure(things.find(slow).maxTimeMS(50).toArray())).toBe('DEADLINE_EXCEEDED');
  await mongo.db.dropDatabase();
});
