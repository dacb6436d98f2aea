import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { describe, test } from 'vitest';
import type { MongoServer } from '@tradewind/local/servers';
import { eventually } from '../../kit/eventually.ts';
import type { Load } from '../kit/load.ts';
import { whileTrading } from '../kit/scenario.ts';
import { bigShop } from './big-shop.ts';
import { loseWhile, pauseWhile } from './faults.ts';
import { rounds } from './rounds.ts';

const shop = bigShop({ members: 3, parameters: { enableTestCommands: '1' } });
/** Longer than an election, and than every lease and timeout of the big shop. */
const stopMs = 6_000;
const majority = { readConcern: { level: 'majority' } } as const;

describe.for(rounds)(
  'round %i: nothing is lost when another member of MongoDB takes over',
  { timeout: 180_000 },
  (round) => {
    const seed = 1_000 * round + 600;

    test('from a primary that is killed with writes that no other member has', () =>
      takenOver(seed, async (primary) => {
        await using others = await followersOf(primary);
        const before = await takenBack(primary);
        const marks = shop().orderDb.client.db('faults').collection('marks');
        await marks.insertOne({});
        await others.stopFollowing();
        await eventually(async () => {
          await marks.insertOne({}, { writeConcern: { w: 1, journal: true } });
          return (await marks.countDocuments()) - (await marks.countDocuments({}, majority)) > 20;
        });
        // It stays away, since a new primary would first fetch what it lacks from one that is back already.
        await loseWhile([primary.program], async () => {
          await others.follow();
          await anotherThan(primary);
        });
        await eventually(async () => (await takenBack(primary)) > before);
      }));

    test('from a primary that stands still, and then goes on as if it still were the primary', () =>
      takenOver(seed + 1, (primary, load) =>
        pauseWhile([primary.program], async () => {
          const before = load.progress();
          await delay(stopMs);
          await eventually(() => Promise.resolve(load.progress() > before + 32), { within: 60_000 });
        }),
      ));

    test('from a primary that steps down', () =>
      takenOver(seed + 2, async () => {
        await shop().orderDb.client.db('admin').command({ replSetStepDown: 10 });
      }));
  },
);

/** After the fault the primary is another member. */
async function takenOver(
  seed: number,
  fault: (primary: MongoServer, load: Load) => Promise<void>,
): Promise<void> {
  await whileTrading(shop(), { seed, orders: 200 }, async (load) => {
    const before = await primary();
    await fault(before, load);
    await anotherThan(before);
  });
}

/** Resolves when another member is the primary. */
const anotherThan = ({ port }: MongoServer): Promise<unknown> =>
  eventually(async () => (await primary()).port !== port);

/** The member that another one takes for it. */
async function primary(): Promise<MongoServer> {
  const { orderDb, platform } = shop();
  const hello = await orderDb.client.db('admin').command({ hello: 1 }, { readPreference: 'secondary' });
  const member = platform.servers.mongoMembers.find(({ port }) => hello['primary'] === `127.0.0.1:${port}`);
  if (!member) throw new Error('there is no primary');
  return member;
}

/** How many files a member has laid down with what it had to take back. */
async function takenBack({ dir }: MongoServer): Promise<number> {
  const files = await readdir(join(dir, 'data/rollback'), { recursive: true }).catch(() => []);
  return files.filter((file) => file.endsWith('.bson')).length;
}

/** The other members, which can be told to fetch nothing from it. */
async function followersOf({ port: primaryPort }: MongoServer) {
  await using stack = new AsyncDisposableStack();
  const ports = shop().platform.servers.mongoMembers.map(({ port }) => port);
  const clients = await Promise.all(
    ports
      .filter((port) => port !== primaryPort)
      .map(async (port) =>
        stack.use(await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`)),
      ),
  );
  const fail = async (mode: 'alwaysOn' | 'off') => {
    const command = { configureFailPoint: 'stopReplProducer', mode };
    await Promise.all(clients.map((client) => client.db('admin').command(command)));
  };
  const resources = stack.move();
  return {
    stopFollowing: () => fail('alwaysOn'),
    follow: () => fail('off'),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
