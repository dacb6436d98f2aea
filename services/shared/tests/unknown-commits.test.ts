import { randomUUID } from 'node:crypto';
import type { Collection, Document } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startMongo, type MongoServer } from '@tradewind/local/servers';
import { connectMongo, mongoFailure, transact, type Mongo } from '../src/mongo/index.ts';
import { log } from './event-kit.ts';

interface Thing {
  readonly _id: string;
  readonly count: number;
}

let server: MongoServer;
let mongo: Mongo;
let things: Collection<Thing>;

beforeAll(async () => {
  server = await startMongo({ parameters: { enableTestCommands: '1' } });
  mongo = await connectMongo(server.uri, 'commits', log);
});

beforeEach(async () => {
  things = mongo.db.collection<Thing>(randomUUID());
  await things.insertOne({ _id: 'a', count: 0 });
});

afterAll(async () => {
  await mongo[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Lets so many commits fail; disposing of it says whether they did. */
async function failCommits(times: number, how: Document): Promise<AsyncDisposable> {
  const admin = mongo.client.db('admin');
  const failPoint = (mode: unknown, data?: Document) =>
    admin.command({ configureFailPoint: 'failCommand', mode, ...(data ? { data } : {}) });
  const { count: before } = await failPoint({ times }, { failCommands: ['commitTransaction'], ...how });
  return {
    async [Symbol.asyncDispose]() {
      const { count } = await failPoint('off');
      expect(Number(count) - Number(before)).toBe(times);
    },
  };
}

let runs: number;
const increase = () => {
  runs = 0;
  return transact(mongo.client, async (session) => {
    runs += 1;
    await things.updateOne({ _id: 'a' }, { $inc: { count: 1 } }, { session });
  });
};
const count = async () => (await things.findOne({ _id: 'a' }))?.count;

test('a commit whose connection breaks before the server has it is sent until it is there', async () => {
  await using failing = await failCommits(3, { closeConnection: true });
  expect(failing).toBeDefined();
  await increase();
  expect({ runs, count: await count() }).toEqual({ runs: 1, count: 1 });
});

test('a commit that happened, but was not confirmed, counts once', async () => {
  const unconfirmed = { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } };
  await using failing = await failCommits(3, unconfirmed);
  expect(failing).toBeDefined();
  await increase();
  expect({ runs, count: await count() }).toEqual({ runs: 1, count: 1 });
});

test('a commit that stays unknown is UNAVAILABLE, and its work is not run again', async () => {
  await using failing = await failCommits(10, { closeConnection: true });
  expect(failing).toBeDefined();
  const failure: unknown = await increase().catch((error: unknown) => error);
  expect(mongoFailure(failure)?.code).toBe('UNAVAILABLE');
  expect({ runs, count: await count() }).toEqual({ runs: 1, count: 0 });
});
