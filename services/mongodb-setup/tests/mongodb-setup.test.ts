import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@tradewind/local/servers';
import { createLogger } from '@tradewind/shared/telemetry';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMongoSetup } from '../src/app.ts';
import { connectMember } from '../src/clients.ts';
import { readSetupConfig, type SetupConfig } from '../src/config.ts';
import { joinMembers } from '../src/replica-set.ts';
import { startMember } from './kit/member.ts';

const log = createLogger('mongodb-setup-test', 'silent');
const key = 'aVerySecretKeyOfTheMembers';

let folder: string;
let keyFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-mongodb-setup-'));
  keyFile = join(folder, 'keyfile');
  await writeFile(keyFile, `${key}\n`, { mode: 0o400 });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const configOf = (members: readonly { readonly host: string }[], orderPassword = 'of-order'): SetupConfig =>
  readSetupConfig({
    MONGO_MEMBERS: members.map(({ host }) => host).join(','),
    MONGO_KEY: `${key}\n`,
    MONGO_ADMINS: 'root=of-root',
    MONGO_OWNERS: `tradewind_order=${orderPassword},tradewind_user=of-user`,
    MONGO_READERS: 'tradewind_audit=of-audit',
  });

async function as(user: string, password: string, host: string): Promise<MongoClient> {
  const uri = `mongodb://${user}:${password}@${host}/?replicaSet=rs0&authSource=admin`;
  return await new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 }).connect();
}

const ordersOf = (client: MongoClient) => client.db('tradewind_order').collection('orders');

test('an empty server becomes a replica set, in which each user may do what is theirs and no more', async () => {
  await using only = await startMember(keyFile);
  await using setup = await startMongoSetup(configOf([only]), log);
  expect(setup).toBeDefined();

  await using order = await as('tradewind_order', 'of-order', only.host);
  await order.withSession((session) =>
    session.withTransaction(() => ordersOf(order).insertOne({ a: 1 }, { session })),
  );
  await ordersOf(order).createIndexes([{ key: { a: 1 } }]);
  const foreign = order.db('tradewind_user').collection('users');
  await expect(foreign.findOne({})).rejects.toThrow(/not authorized/);

  await using audit = await as('tradewind_audit', 'of-audit', only.host);
  expect(await ordersOf(audit).countDocuments()).toBe(1);
  await expect(ordersOf(audit).insertOne({})).rejects.toThrow(/not authorized/);

  await using root = await as('root', 'of-root', only.host);
  expect(await root.db('admin').command({ replSetGetStatus: 1 })).toMatchObject({ set: 'rs0', ok: 1 });

  await using stranger = new MongoClient(`mongodb://${only.host}/?directConnection=true`);
  await expect(ordersOf(stranger).findOne({})).rejects.toThrow(/authentication/);
});

test('a new password holds from the next start on, and the data stays', async () => {
  await using only = await startMember(keyFile);
  {
    await using setup = await startMongoSetup(configOf([only]), log);
    expect(setup).toBeDefined();
    await using order = await as('tradewind_order', 'of-order', only.host);
    await ordersOf(order).insertOne({ a: 1 });
  }
  await using again = await startMongoSetup(configOf([only], 'renewed'), log);
  expect(again).toBeDefined();
  await using order = await as('tradewind_order', 'renewed', only.host);
  expect(await ordersOf(order).countDocuments()).toBe(1);
  await expect(as('tradewind_order', 'of-order', only.host)).rejects.toThrow(/Authentication failed/);
});

test('members that start later than this process are waited for', async () => {
  await using only = await startMember(keyFile);
  await only.stop();
  const starting = startMongoSetup(configOf([only]), log);
  await only.restart();
  await using setup = await starting;
  expect(setup).toBeDefined();
  await using order = await as('tradewind_order', 'of-order', only.host);
  expect(await ordersOf(order).countDocuments()).toBe(0);
});

test(
  'members that are added later join one by one, and what was stored stays',
  { timeout: 120_000 },
  async () => {
    await using one = await startMember(keyFile);
    await using setup = await startMongoSetup(configOf([one]), log);
    expect(setup).toBeDefined();
    await using root = await as('root', 'of-root', one.host);
    await root.db('kept').collection('here').insertOne({ a: 1 });
    await using two = await startMember(keyFile);
    await using three = await startMember(keyFile);
    await joinMembers(configOf([one, two, three]), log);
    await using client = await connectMember(three.host, { key, tls: false });
    const states = async () => {
      const { members } = await client.db('admin').command({ replSetGetStatus: 1 });
      return (members as readonly { readonly stateStr: string }[]).map(({ stateStr }) => stateStr).toSorted();
    };
    await expect.poll(states, { timeout: 60_000 }).toEqual(['PRIMARY', 'SECONDARY', 'SECONDARY']);
    // A new member has no vote until it has all data.
    const voters = async () => (await client.db('admin').command({ hello: 1 }))['hosts'] as unknown;
    await expect.poll(voters, { timeout: 60_000 }).toEqual([one.host, two.host, three.host]);
    expect(await root.db('kept').collection('here').countDocuments()).toBe(1);
  },
);

test('a set is not made while a member is away, which could have one already', async () => {
  await using here = await startMember(keyFile);
  const away = { host: `127.0.0.1:${await freePort()}` };
  await expect(joinMembers(configOf([here, away]), log)).rejects.toThrow(/ECONNREFUSED/);
  await using client = await connectMember(here.host, { key, tls: false });
  await expect(client.db('admin').command({ replSetGetConfig: 1 })).rejects.toThrow(/no replset config/);
});

test('the configuration names all that is wrong, and none of the secrets', () => {
  const attempt = () =>
    readSetupConfig({
      MONGO_MEMBERS: 'nowhere',
      MONGO_KEY: 'ö-hunter2',
      MONGO_OWNERS: 'hunter2',
    });
  expect(attempt).toThrow(/MONGO_MEMBERS.*host:port[^]*MONGO_KEY.*base64[^]*MONGO_OWNERS/);
  expect(attempt).not.toThrow(/hunter2/);
});
