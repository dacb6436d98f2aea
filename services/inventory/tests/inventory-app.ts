import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { inject } from 'vitest';
import { startNats, startRedis, type NatsServer, type RedisServer } from '@tradewind/local/servers';
import {
  InventoryServiceDefinition,
  InventoryServiceService,
  ProductServiceDefinition,
  ProductServiceService,
  type CreateProductRequest,
  type InventoryServiceServer,
  type Product,
  type ProductServiceServer,
  type UpdateProductRequest,
} from '@tradewind/proto/inventory/v1/inventory';
import { tokenAudience, tokenIssuer, type Role } from '@tradewind/shared/auth';
import { grpcClient, type Caller, type GrpcClient } from '@tradewind/shared/grpc';
import { connectMongo, type Mongo } from '@tradewind/shared/mongo';
import { connectNats, type Nats } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { startInventoryConsumer, startInventoryService } from '../src/app.ts';
import { readInventoryConfig, type InventoryConfig } from '../src/config.ts';
import { collections, type Collections } from '../src/outbound/collections.ts';

export const log = createLogger('inventory', 'silent');
const secret = 'a secret that only this test knows, and long enough';
const callers = ['gateway', 'order', 'restock-controller'] as const;

export type StockClient = GrpcClient<InventoryServiceServer>;

/** The service as a process runs it, on a database, a NATS and a Redis of its own, with clients that speak real gRPC. */
export interface InventoryApp extends AsyncDisposable {
  readonly config: InventoryConfig;
  /** As the gateway calls them. */
  readonly products: GrpcClient<ProductServiceServer>;
  readonly stock: StockClient;
  readonly stockFor: (caller: Caller, port?: number) => StockClient;
  readonly productsFor: (caller: Caller) => GrpcClient<ProductServiceServer>;
  readonly mongo: Mongo;
  readonly collections: Collections;
  readonly nats: Nats;
  readonly natsServer: NatsServer;
  readonly redisServer: RedisServer;
  /** A product of the admin's. */
  readonly product: (details?: Partial<CreateProductRequest>) => Promise<Product>;
  readonly startConsumer: () => Promise<AsyncDisposable>;
  /** Another server on the same database. @returns its port */
  readonly startReplica: () => Promise<number>;
}

/** Call options of somebody who is signed in. */
export async function as(userId: string, role: Role = 'customer'): Promise<{ readonly token: string }> {
  const token = await new SignJWT({ role, sid: `session-${userId}` })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setSubject(userId)
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(secret));
  return { token };
}

export const admin = await as('root', 'admin');

export async function startInventoryApp(): Promise<InventoryApp> {
  await using stack = new AsyncDisposableStack();
  const natsServer = stack.use(await startNats());
  const redisServer = stack.use(await startRedis());
  const config = readInventoryConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    MONGO_URI: inject('mongoUri'),
    MONGO_DB_NAME: `inventory_${randomUUID().slice(0, 8)}`,
    NATS_URL: natsServer.url,
    REDIS_ADDR: redisServer.addr,
    JWT_SECRET: secret,
    CALLER_KEYS: callers.map((caller) => `${caller}=key`).join(','),
    SERVICE_KEY: 'key',
  });
  const mongo = stack.use(await connectMongo(config.MONGO_URI, config.MONGO_DB_NAME, log));
  stack.defer(async () => {
    await mongo.db.dropDatabase();
  });
  const nats = stack.use(await connectNats(natsServer.url, 'test', log));
  const { port: firstPort } = stack.use(await startInventoryService(config, log));
  const connection = (caller: Caller, port = firstPort) => ({
    target: `127.0.0.1:${port}`,
    caller,
    key: 'key',
    timeoutMs: 20_000,
  });
  const open = stack.move();
  const productsFor = (caller: Caller) =>
    open.use(
      grpcClient<ProductServiceServer>(ProductServiceService, ProductServiceDefinition, connection(caller)),
    );
  const stockFor = (caller: Caller, port?: number) =>
    open.use(
      grpcClient<InventoryServiceServer>(
        InventoryServiceService,
        InventoryServiceDefinition,
        connection(caller, port),
      ),
    );
  const products = productsFor('gateway');
  return {
    ...{ config, products, productsFor, stockFor, mongo, nats, natsServer, redisServer },
    stock: stockFor('gateway'),
    collections: collections(mongo.db),
    product: (details) => products.createProduct(productOf(details), admin),
    startConsumer: async () => open.use(await startInventoryConsumer(config, log)),
    startReplica: async () => open.use(await startInventoryService(config, log)).port,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** A complete request to create a product that nobody else has. */
export const productOf = (details: Partial<CreateProductRequest> = {}): CreateProductRequest => ({
  sku: `SKU-${randomUUID()}`,
  name: 'Thing',
  description: '',
  category: 'things',
  price: { currency: 'EUR', amount: 1_000 },
  attributes: {},
  initialStock: 0,
  ...details,
});

export const updateOf = (id: string, change: Partial<UpdateProductRequest>): UpdateProductRequest => ({
  ...{ id, name: undefined, description: undefined, category: undefined, price: undefined },
  ...{ attributes: undefined, expectedVersion: undefined },
  ...change,
});
