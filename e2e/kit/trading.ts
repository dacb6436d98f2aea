import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { startInventoryConsumer, startInventoryService } from '@tradewind/inventory/app';
import { readInventoryConfig, type InventoryConfig } from '@tradewind/inventory/config';
import { startNats, startRedis, type NatsServer, type RedisServer } from '@tradewind/local/servers';
import { startOrderService } from '@tradewind/order/app';
import { readOrderConfig } from '@tradewind/order/config';
import { createLogger } from '@tradewind/shared/telemetry';
import { eventually } from './eventually.ts';
import { openClients, tradingIdentity, type TradingClients } from './trading-clients.ts';

export { orderOf, tokenFor } from './trading-clients.ts';

/** The order service, inventory and its consumer, in this process, on real servers of their own. */
export interface Trading extends AsyncDisposable, TradingClients {
  readonly natsServer: NatsServer;
  readonly redisServer: RedisServer;
  /** For another inventory service or consumer beside these. */
  readonly inventoryConfig: InventoryConfig;
  readonly stopInventory: () => Promise<void>;
  readonly startInventory: () => Promise<void>;
  readonly stopConsumer: () => Promise<void>;
  readonly startConsumer: () => Promise<void>;
}

/** Composition roots that a test may put in the place of the product's. */
export interface Roots {
  readonly startInventoryConsumer: typeof startInventoryConsumer;
  readonly startOrderService: typeof startOrderService;
}

export interface TradingOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly log?: string;
  /** How many inventory consumers share the work. */
  readonly consumers?: number;
  /** How many order services share the work; see `everyOrders`. */
  readonly orderServices?: number;
  readonly roots?: Partial<Roots>;
}

export async function startTrading(options: TradingOptions = {}): Promise<Trading> {
  await using stack = new AsyncDisposableStack();
  const roots: Roots = { startInventoryConsumer, startOrderService, ...options.roots };
  const suffix = randomBytes(6).toString('hex');
  const natsServer = stack.use(await startNats());
  const redisServer = stack.use(await startRedis());
  const log = createLogger('test', options.log ?? 'silent');
  const mongo = new MongoClient(inject('mongoUri'));
  stack.defer(() => mongo.close());
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    MONGO_URI: inject('mongoUri'),
    NATS_URL: natsServer.url,
    REDIS_ADDR: `127.0.0.1:${redisServer.port}`,
    ...tradingIdentity,
    // A busy machine must not turn an early refusal into an accepted order.
    CHECK_STOCK_MS: '3000',
    ...options.environment,
  };
  const inventoryConfig = readInventoryConfig({ ...environment, MONGO_DB_NAME: `inventory_${suffix}` });
  let inventory = await startInventoryService(inventoryConfig, log);
  const inventoryPort = inventory.port;
  let consumers: AsyncDisposable[] = [];
  const startConsumer = async () => {
    const count = options.consumers ?? 1;
    consumers = await Promise.all(
      Array.from({ length: count }, () => roots.startInventoryConsumer(inventoryConfig, log)),
    );
  };
  const stopConsumer = async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer[Symbol.asyncDispose]()));
  };
  stack.defer(() => inventory[Symbol.asyncDispose]());
  await startConsumer();
  stack.defer(stopConsumer);
  const orderConfig = readOrderConfig({
    ...environment,
    MONGO_DB_NAME: `order_${suffix}`,
    INVENTORY_SERVICE: `127.0.0.1:${inventoryPort}`,
  });
  const orderPorts: number[] = [];
  for (let count = 0; count < (options.orderServices ?? 1); count += 1) {
    orderPorts.push(stack.use(await roots.startOrderService(orderConfig, log)).port);
  }
  const inventoryDb = mongo.db(`inventory_${suffix}`);
  const orderDb = mongo.db(`order_${suffix}`);
  const clients = await openClients(stack, {
    ...{ inventoryPort, orderPorts, natsUrl: natsServer.url },
    ...{ mongoUri: inject('mongoUri'), inventoryDb, orderDb },
  });
  stack.defer(async () => {
    await inventoryDb.dropDatabase();
    await orderDb.dropDatabase();
  });
  const open = stack.move();
  return {
    ...clients,
    ...{ natsServer, redisServer, inventoryConfig, startConsumer, stopConsumer },
    stopInventory: async () => {
      await inventory[Symbol.asyncDispose]();
    },
    startInventory: async () => {
      inventory = await startInventoryService({ ...inventoryConfig, PORT: inventoryPort }, log);
      await eventually(() => clients.products.getProducts({ ids: ['any'], skus: [] }));
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
