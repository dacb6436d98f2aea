import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { Program } from '@tradewind/local/platform';
import { freePort, startMongo, startNats, startRedis } from '@tradewind/local/servers';
import { eventually } from '../../kit/eventually.ts';
import { openClients, tradingIdentity, type TradingClients } from '../../kit/trading-clients.ts';
import { mongoProtocol, type Command } from '../kit/proxy-mongo.ts';
import { natsProtocol, type Publication } from '../kit/proxy-nats.ts';
import { startProxy, type Proxy } from '../kit/proxy.ts';

export type ProcessName = 'inventory' | 'inventory-consumer' | 'order';

/** A service's process, which reaches MongoDB and NATS through proxies of its own. */
export interface Hand {
  readonly program: Program;
  readonly mongo: Proxy<Command>;
  readonly nats: Proxy<Publication>;
}

/** The order service, inventory and its consumer, as processes on servers of their own. */
export interface ShopFloor extends AsyncDisposable, TradingClients {
  readonly hands: Readonly<Record<ProcessName, Hand>>;
  /** Has the processes' logs kept. */
  readonly keepLogs: () => void;
}

export interface ShopFloorOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The files that run the processes, where they are not the real ones. */
  readonly entries?: Partial<Readonly<Record<ProcessName, string>>>;
}

const databases = { inventory: 'tradewind_inventory', order: 'tradewind_order' };

export async function startShopFloor({ environment, entries }: ShopFloorOptions = {}): Promise<ShopFloor> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'tradewind-points-'));
  let keep = false;
  stack.defer(async () => {
    if (!keep) await rm(dir, { recursive: true, force: true });
  });
  const [mongoServer, natsServer, redisServer] = await Promise.all([startMongo(), startNats(), startRedis()]);
  for (const server of [mongoServer, natsServer, redisServer]) stack.use(server);
  const mongo = new MongoClient(mongoServer.uri);
  stack.defer(() => mongo.close());
  // What a process that died has begun holds its documents until then.
  await mongo.db('admin').command({ setParameter: 1, transactionLifetimeLimitSeconds: 3 });
  const inventoryPort = await freePort();
  const orderPort = await freePort();

  async function start(name: ProcessName, database: string, port: number): Promise<Hand> {
    const mongoProxy = stack.use(await startProxy(mongoServer.port, mongoProtocol));
    const natsProxy = stack.use(await startProxy(natsServer.port, natsProtocol));
    const metricsPort = await freePort();
    const program = stack.use(
      new Program({
        name,
        logFile: join(dir, `${name}.log`),
        command: {
          file: process.execPath,
          args: [entries?.[name] ?? realEntries[name]],
          env: {
            ...{ PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: String(port) },
            METRICS_PORT: String(metricsPort),
            MONGO_URI: `mongodb://127.0.0.1:${mongoProxy.port}/?directConnection=true`,
            MONGO_DB_NAME: database,
            NATS_URL: `nats://127.0.0.1:${natsProxy.port}`,
            REDIS_ADDR: redisServer.addr,
            INVENTORY_SERVICE: `127.0.0.1:${inventoryPort}`,
            CHECK_STOCK_MS: '3000',
            ...tradingIdentity,
            ...environment,
          },
        },
        ready: processReady(metricsPort),
      }),
    );
    await program.start();
    return { program, mongo: mongoProxy, nats: natsProxy };
  }

  const [inventory, consumer, order] = await Promise.all([
    start('inventory', databases.inventory, inventoryPort),
    start('inventory-consumer', databases.inventory, 0),
    start('order', databases.order, orderPort),
  ]);
  const clients = await openClients(stack, {
    ...{ inventoryPort, orderPorts: [orderPort], natsUrl: natsServer.url, mongoUri: mongoServer.uri },
    inventoryDb: mongo.db(databases.inventory),
    orderDb: mongo.db(databases.order),
  });
  const open = stack.move();
  return {
    ...clients,
    hands: { inventory, 'inventory-consumer': consumer, order },
    keepLogs: () => {
      if (!keep) console.error(`The logs of the processes are in ${dir}`);
      keep = true;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** kill -9; @returns the process's id, to see that another one came. */
export async function killHand({ program }: Hand): Promise<number> {
  const { pid } = program;
  if (pid === undefined) throw new Error(`${program.name} does not run`);
  await program.kill('SIGKILL');
  return pid;
}

const service = (path: string) => fileURLToPath(new URL(`../../../services/${path}`, import.meta.url));

const realEntries: Readonly<Record<ProcessName, string>> = {
  inventory: service('inventory/src/main.ts'),
  'inventory-consumer': service('inventory/src/consumer-main.ts'),
  order: service('order/src/main.ts'),
};

/** Waits until the process behind this port says that it is ready. */
export const processReady = (metricsPort: number) => async (signal: AbortSignal) => {
  const url = `http://127.0.0.1:${metricsPort}/readyz`;
  await eventually(async () => (await fetch(url, { signal })).ok, { within: 60_000 });
};
