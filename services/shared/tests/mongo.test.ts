import { randomUUID } from 'node:crypto';
import type { Collection, MongoClient } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import {
  connectMongo,
  isDuplicateKey,
  migrate,
  transact,
  type Migration,
  type Mongo,
} from '../src/mongo/index.ts';
import { gate, log, patience } from './event-kit.ts';

interface Thing {
  readonly _id: string;
  readonly count: number;
}

let database: string;
let mongo: Mongo;
let things: Collection<Thing>;

beforeEach(async () => {
  database = `shared_${randomUUID()}`;
  mongo = await connectMongo(inject('mongoUri'), database, log);
  things = mongo.db.collection<Thing>('things');
});

afterEach(async () => {
  await mongo.db.dropDatabase();
  await mongo[Symbol.asyncDispose]();
});

const client = (): MongoClient => mongo.client;
const schema = () =>
  mongo.db.collection<{ _id: string; version: number }>('schema').findOne({ _id: 'schema' });

/** Migrations that note each of their runs. */
function noted(count: number): { readonly migrations: Migration[]; readonly runs: number[] } {
  const runs: number[] = [];
  const migrations = Array.from({ length: count }, (_, index) => ({
    version: index + 1,
    name: `step ${index + 1}`,
    up: async () => {
      await things.insertOne({ _id: randomUUID(), count: index });
      runs.push(index + 1);
    },
  }));
  return { migrations, runs };
}

test('replicas that start together run each migration once, in order', async () => {
  const { migrations, runs } = noted(3);
  await Promise.all(Array.from({ length: 4 }, () => migrate(mongo.db, migrations.toReversed(), log)));
  expect(runs).toEqual([1, 2, 3]);
  expect(await schema()).toEqual({ _id: 'schema', version: 3 });
});

test('a migration that fails is run again by the next start, and those before it are not', async () => {
  const { migrations, runs } = noted(1);
  let broken = true;
  migrations.push({
    version: 2,
    name: 'broken at first',
    up: () => (broken ? Promise.reject(new Error('broken')) : Promise.resolve()),
  });
  await expect(migrate(mongo.db, migrations, log)).rejects.toThrow('broken');
  expect((await schema())?.version).toBe(1);
  broken = false;
  await migrate(mongo.db, migrations, log);
  expect(runs).toEqual([1]);
  expect((await schema())?.version).toBe(2);
});

test('another replica takes over from one that crashed in a migration, when its lock is over', async () => {
  const { migrations, runs } = noted(1);
  await using crashed = await connectMongo(inject('mongoUri'), database, log);
  const begun = gate();
  const crash = migrate(
    crashed.db,
    [
      {
        version: 1,
        name: 'never ends',
        up: () => {
          begun.open();
          return new Promise(() => undefined);
        },
      },
    ],
    log,
    { lockMs: 400 },
  );
  crash.catch(() => undefined);
  await begun.opened;
  await crashed.client.close();
  await migrate(mongo.db, migrations, log, { lockMs: 400 });
  expect(runs).toEqual([1]);
});

test('a migration keeps its lock for as long as it runs', async () => {
  const begun = gate();
  const go = gate();
  const { migrations, runs } = noted(1);
  const slow: Migration[] = [
    {
      version: 1,
      name: 'slow',
      up: async () => {
        begun.open();
        await go.opened;
      },
    },
  ];
  const first = migrate(mongo.db, slow, log, { lockMs: 200 });
  await begun.opened;
  const second = migrate(mongo.db, migrations, log, { lockMs: 200 });
  const locks = new Set<number>();
  const lockedUntil = async () => {
    const found = await mongo.db.collection('schema').findOne({});
    locks.add((found?.['lockedUntil'] as Date).getTime());
    return locks.size;
  };
  await expect.poll(lockedUntil, patience).toBeGreaterThan(8);
  go.open();
  await Promise.all([first, second]);
  expect(runs).toEqual([]);
});

test('a newer schema is left alone', async () => {
  await migrate(mongo.db, noted(3).migrations, log);
  const older = noted(2);
  await migrate(mongo.db, older.migrations, log);
  expect(older.runs).toEqual([]);
  expect((await schema())?.version).toBe(3);
});

test('transactions that meet all count', async () => {
  await things.insertOne({ _id: 'a', count: 0 });
  const increase = () =>
    transact(client(), async (session) => {
      const found = await things.findOne({ _id: 'a' }, { session });
      await things.updateOne({ _id: 'a' }, { $set: { count: (found?.count ?? 0) + 1 } }, { session });
    });
  await Promise.all(Array.from({ length: 8 }, increase));
  expect((await things.findOne({ _id: 'a' }))?.count).toBe(8);
});

test('after a duplicate key the work runs again from its reads', async () => {
  let runs = 0;
  const result = await transact(client(), async (session) => {
    runs += 1;
    const found = await things.findOne({ _id: 'a' }, { session });
    if (found) return found.count;
    // Somebody else is faster, after our read.
    await things.insertOne({ _id: 'a', count: 7 });
    await things.insertOne({ _id: 'a', count: 1 }, { session });
    return 1;
  });
  expect({ result, runs }).toEqual({ result: 7, runs: 2 });
});

test('another error ends the transaction, and nothing of it is kept', async () => {
  let runs = 0;
  const failing = transact(client(), async (session) => {
    runs += 1;
    await things.insertOne({ _id: 'a', count: 1 }, { session });
    throw new RangeError('no');
  });
  await expect(failing).rejects.toThrow(RangeError);
  expect(runs).toBe(1);
  expect(await things.countDocuments()).toBe(0);
});

test('a duplicate key is told from other failures', async () => {
  await things.insertOne({ _id: 'a', count: 1 });
  const duplicate: unknown = await things.insertOne({ _id: 'a', count: 1 }).catch((error: unknown) => error);
  const other: unknown = await mongo.db.command({ nonsense: 1 }).catch((error: unknown) => error);
  expect([duplicate, other].map(isDuplicateKey)).toEqual([true, false]);
});
