import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { MongoClient, type Db } from 'mongodb';
import { inject } from 'vitest';
import { startInventoryConsumer, startInventoryService } from '@tradewind/inventory/app';
import { readInventoryConfig } from '@tradewind/inventory/config';
import { startNats, startRedis, type NatsServer, type RedisServer } from '@tradewind/local/servers';
import { startOrderService } from '@tradewind/order/app';
import { readOrderConfig } from '@tradewind/order/config';
import {
  InventoryServiceDefinition,
  InventoryServiceService,
  ProductServiceDefinition,
  ProductServiceService,
  type InventoryServiceServer,
  type Product,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import {
  OrderServiceDefinition,
  OrderServiceService,
  type CreateOrderRequest,
  type Order,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { tokenAudience, tokenIssuer, type Role } from '@tradewind/shared/auth';
import { grpcClient, type GrpcClient } from '@tradewind/shared/grpc';
import { connectNats, type Nats } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { eventually } from './eventually.ts';

const secret = 'a secret that only this test knows, and long enough';
const key = 'key';

/** Access tokens as the user service signs them with JWT_SECRET. */
export function tokenFor(userId: string, role: Role = 'customer'): Promise<string> {
  return new SignJWT({ role, sid: `session-${userId}` })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setSubject(userId)
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(secret));
}

/** The order service, inventory and its consumer, in this process, on real servers of their own. */
export interface Trading extends AsyncDisposable {
  readonly products: GrpcClient<ProductServiceServer>;
  readonly stock: GrpcClient<InventoryServiceServer>;
  readonly orders: GrpcClient<OrderServiceServer>;
  readonly orderDb: Db;
  readonly inventoryDb: Db;
  readonly natsServer: NatsServer;
  readonly redisServer: RedisServer;
  readonly nats: Nats;
  readonly admin: string;
  /** A product on sale with this many units, known to the order service. */
  readonly product: (units: number, price?: number, currency?: string) => Promise<Product>;
  readonly onHand: (productId: string) => Promise<number>;
  /** The order when it is no longer PENDING. */
  readonly settled: (order: Order, token: string) => Promise<Order>;
  readonly stopInventory: () => Promise<void>;
  readonly startInventory: () => Promise<void>;
  readonly stopConsumer: () => Promise<void>;
  readonly startConsumer: () => Promise<void>;
}

export interface TradingOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly log?: string;
  /** How many inventory consumers share the work. */
  readonly consumers?: number;
}

export async function startTrading(options: TradingOptions = {}): Promise<Trading> {
  await using stack = new AsyncDisposableStack();
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
    JWT_SECRET: secret,
    CALLER_KEYS: `gateway=${key},order=${key},restock-controller=${key}`,
    SERVICE_KEY: key,
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
      Array.from({ length: count }, () => startInventoryConsumer(inventoryConfig, log)),
    );
  };
  const stopConsumer = async () => {
    await Promise.all(consumers.splice(0).map((consumer) => consumer[Symbol.asyncDispose]()));
  };
  stack.defer(() => inventory[Symbol.asyncDispose]());
  await startConsumer();
  stack.defer(stopConsumer);
  const order = stack.use(
    await startOrderService(
      readOrderConfig({
        ...environment,
        MONGO_DB_NAME: `order_${suffix}`,
        INVENTORY_SERVICE: `127.0.0.1:${inventoryPort}`,
      }),
      log,
    ),
  );
  const gateway = (port: number) => ({ target: `127.0.0.1:${port}`, caller: 'gateway' as const, key });
  const products = stack.use(
    grpcClient<ProductServiceServer>(ProductServiceService, ProductServiceDefinition, gateway(inventoryPort)),
  );
  const stock = stack.use(
    grpcClient<InventoryServiceServer>(
      InventoryServiceService,
      InventoryServiceDefinition,
      gateway(inventoryPort),
    ),
  );
  const orders = stack.use(
    grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, gateway(order.port)),
  );
  const nats = stack.use(await connectNats(natsServer.url, 'test', log));
  const admin = await tokenFor('admin', 'admin');
  const inventoryDb = mongo.db(`inventory_${suffix}`);
  const orderDb = mongo.db(`order_${suffix}`);
  stack.defer(async () => {
    await inventoryDb.dropDatabase();
    await orderDb.dropDatabase();
  });
  const open = stack.move();
  return {
    ...{
      products,
      stock,
      orders,
      orderDb,
      inventoryDb,
      natsServer,
      redisServer,
      nats,
      admin,
      startConsumer,
      stopConsumer,
    },
    product: (units, amount = 1_000, currency = 'EUR') =>
      products.createProduct(
        {
          sku: `SKU-${randomUUID()}`,
          name: 'Thing',
          description: '',
          category: 'things',
          price: { currency, amount },
          attributes: {},
          initialStock: units,
        },
        { token: admin },
      ),
    settled: (order, token) =>
      eventually(async () => {
        const now = await orders.getOrder({ id: order.id }, { token });
        return now.status !== 'ORDER_STATUS_PENDING' && now;
      }),
    onHand: async (productId) => {
      const found = await inventoryDb
        .collection<{ _id: string; onHand: number }>('products')
        .findOne({ _id: productId });
      return found?.onHand ?? NaN;
    },
    stopInventory: async () => {
      await inventory[Symbol.asyncDispose]();
    },
    startInventory: async () => {
      inventory = await startInventoryService({ ...inventoryConfig, PORT: inventoryPort }, log);
      await eventually(() => products.getProducts({ ids: ['any'], skus: [] }));
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** A request for units of one product, without key, total, address and note. */
export const orderOf = ({ id: productId }: Pick<Product, 'id'>, quantity: number): CreateOrderRequest => ({
  idempotencyKey: '',
  items: [{ productId, quantity }],
  expectedTotal: undefined,
  address: undefined,
  note: '',
});
