import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Db } from 'mongodb';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { freePorts, startPlatform, type Platform } from '@tradewind/local/platform';
import type { MongoSettings } from '@tradewind/local/servers';
import { connectNats, type StreamName } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { deadLetterCount } from '../../kit/dead-letters.ts';
import { eventually } from '../../kit/eventually.ts';
import { expectStatus, send } from '../../kit/http.ts';
import type { Product, User } from '../../kit/rest.ts';
import { tokenFor, tradingIdentity } from '../../kit/trading-clients.ts';
import { httpClient } from '../kit/client.ts';
import type { Market } from '../kit/scenario.ts';

/** A whole shop with two of every process, whose leases and timeouts are short. */
export interface BigShop extends Market, AsyncDisposable {
  readonly platform: Platform;
  /** Somebody new with an account, who gets mails. */
  readonly customer: Market['buyer'];
  readonly notificationDb: Db;
  /** When the stream was made. Rejects when there is none. */
  readonly streamMade: (stream: StreamName) => Promise<string>;
  /** Has the processes' logs kept. */
  readonly keepLogs: () => void;
}

const environment = {
  // So that buyers need no account each: hashing their passwords would take longer than their orders.
  JWT_SECRET: tradingIdentity.JWT_SECRET,
  DECISION_WAIT_MS: '1000',
  EVENT_ACK_WAIT_MS: '2000',
  OWED_AFTER_MS: '2000',
  OWED_RETRY_MS: '2000',
  TELL_AFTER_MS: '2000',
  CLAIM_MS: '1000',
  DELIVERY_CLAIM_MS: '5000',
  MONGO_COMMAND_TIMEOUT_MS: '4000',
  NATS_PING_MS: '1000',
};
/** What a process that died had begun holds its documents for so many seconds. */
const parameters = { transactionLifetimeLimitSeconds: '3' };

/** One for all tests of a file; the logs of failed ones stay. */
export function bigShop(mongo: MongoSettings = {}): () => BigShop {
  let shop: BigShop | undefined;
  beforeAll(async () => {
    shop = await startBigShop(mongo);
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') shop?.keepLogs();
  });
  afterAll(async () => {
    console.log(`${await shop?.orderDb.collection('orders').countDocuments()} orders`);
    await shop?.[Symbol.asyncDispose]();
  });
  return () => {
    if (!shop) throw new Error('the shop is not open yet');
    return shop;
  };
}

async function startBigShop(mongoSettings: MongoSettings): Promise<BigShop> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'tradewind-faults-'));
  let keep = false;
  stack.defer(async () => {
    await rm(keep ? join(dir, 'data') : dir, { recursive: true, force: true });
  });
  const platform = stack.use(
    await startPlatform({
      ...{ dir, ports: await freePorts(), replicas: 2, env: environment },
      mongo: { ...mongoSettings, parameters: { ...parameters, ...mongoSettings.parameters } },
    }),
  );
  const { mongoUri, natsUrl } = platform.servers;
  const mongo = new MongoClient(mongoUri);
  stack.defer(() => mongo.close());
  const nats = stack.use(await connectNats(natsUrl, 'faults', createLogger('faults', 'silent')));
  const orderDb = mongo.db('tradewind_order');

  const stockUp: Market['stockUp'] = async (products, units) => {
    const token = await tokenFor('admin', 'admin');
    const createOne = async () => {
      const json = {
        ...{ sku: `SKU-${randomUUID()}`, name: 'Thing', category: 'things' },
        ...{ price: { currency: 'EUR', amount: 1_000 }, initial_stock: units },
      };
      const answer = await send<Product>(`${platform.url}/api/products`, { token, json });
      return expectStatus(201, answer).id;
    };
    const ids = await Promise.all(Array.from({ length: products }, createOne));
    const known = orderDb.collection<{ readonly _id: string }>('catalogue');
    await eventually(async () => (await known.countDocuments({ _id: { $in: ids } })) === products);
    return new Map(ids.map((id) => [id, units]));
  };

  const buyerOf = async (id: string) => {
    const [token, adminToken] = await Promise.all([tokenFor(id), tokenFor('admin', 'admin')]);
    return { id, client: httpClient({ urls: platform.urls, token, adminToken }) };
  };

  const resources = stack.move();
  return {
    ...{ platform, mongoUri, orderDb, stockUp },
    inventoryDb: mongo.db('tradewind_inventory'),
    notificationDb: mongo.db('tradewind_notification'),
    streamMade: async (stream) => (await (await nats.admin()).streams.info(stream)).created,
    deadLetters: () => deadLetterCount(nats),
    buyer: () => buyerOf(`buyer-${randomUUID()}`),
    customer: async () => {
      const json = { email: `${randomUUID()}@example.com`, password: randomUUID(), name: 'Ada Lovelace' };
      const answer = await send<User>(`${platform.url}/api/users/register`, { json });
      return await buyerOf(expectStatus(201, answer).id);
    },
    keepLogs: () => {
      if (!keep) console.error(`The logs of the processes are in ${join(dir, 'logs')}`);
      keep = true;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
