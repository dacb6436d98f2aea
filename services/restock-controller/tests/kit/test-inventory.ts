import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { inject } from 'vitest';
import { startInventoryService } from '@tradewind/inventory/app';
import { readInventoryConfig } from '@tradewind/inventory/config';
import { freePort, type NatsServer, startNats, startRedis } from '@tradewind/local/servers';
import {
  InventoryServiceDefinition,
  InventoryServiceService,
  type InventoryServiceServer,
  type Movement,
  type Product,
  ProductServiceDefinition,
  ProductServiceService,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import { tokenAudience, tokenIssuer } from '@tradewind/shared/auth';
import { grpcClient, type GrpcClient } from '@tradewind/shared/grpc';
import { connectMongo, type Mongo } from '@tradewind/shared/mongo';
import { createLogger } from '@tradewind/shared/telemetry';

const secret = 'a secret that only this test knows, and long enough';

/** The inventory service as a process runs it, on a database, a NATS and a Redis of its own. */
export interface TestInventory extends AsyncDisposable {
  /** `host:port`, the same over restarts. */
  readonly target: string;
  readonly nats: NatsServer;
  readonly mongo: Mongo;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly createProduct: (sku: string, initialStock?: number) => Promise<Product>;
  readonly archive: (product: Product) => Promise<void>;
  /** Books units that somebody takes, or brings back. */
  readonly change: (product: Product, units: number) => Promise<void>;
  readonly onHand: (product: Product) => Promise<number>;
  /** The product's restocks in its ledger, oldest first. */
  readonly restocks: (product: Product) => Promise<readonly Movement[]>;
}

export async function startTestInventory(): Promise<TestInventory> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const redis = stack.use(await startRedis());
  const config = readInventoryConfig({
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    MONGO_URI: inject('mongoUri'),
    MONGO_DB_NAME: `inventory_${randomUUID().slice(0, 8)}`,
    NATS_URL: nats.url,
    REDIS_ADDR: redis.addr,
    JWT_SECRET: secret,
    CALLER_KEYS: 'gateway=key,restock-controller=key',
    SERVICE_KEY: 'key',
  });
  const log = createLogger('inventory', 'silent');
  const mongo = stack.use(await connectMongo(config.MONGO_URI, config.MONGO_DB_NAME, log));
  stack.defer(async () => {
    await mongo.db.dropDatabase();
  });
  let service: AsyncDisposable | undefined;
  const stop = async () => {
    await service?.[Symbol.asyncDispose]();
    service = undefined;
  };
  const start = async () => {
    service ??= await startInventoryService(config, log);
  };
  stack.defer(stop);
  await start();
  const target = `127.0.0.1:${config.PORT}`;
  const { products, stock } = connect(stack, target);
  const token = await adminToken();
  const open = stack.move();
  return {
    ...{ target, nats, mongo, stop, start },
    createProduct: (sku, initialStock = 0) =>
      products.createProduct(
        {
          ...{ sku, name: 'Thing', description: '', category: 'things', attributes: {}, initialStock },
          price: { currency: 'EUR', amount: 1_000 },
        },
        { token },
      ),
    archive: async ({ id }) => {
      await products.deleteProduct({ id }, { token });
    },
    change: async ({ id: productId }, units) => {
      const idempotencyKey = randomUUID();
      const change = { $case: 'delta', value: units } as const;
      await stock.adjustStock({ idempotencyKey, productId, change, reason: '' }, { token });
    },
    onHand: async ({ sku }) => {
      const found = await products.getProducts({ ids: [], skus: [sku] });
      return found.products[0]?.onHand ?? 0;
    },
    restocks: async ({ id: productId }) => {
      const { movements } = await stock.getMovements({ productId, pageSize: 100, pageToken: '' }, { token });
      return movements.filter(({ kind }) => kind === 'RESTOCK').reverse();
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function connect(
  stack: AsyncDisposableStack,
  target: string,
): { products: GrpcClient<ProductServiceServer>; stock: GrpcClient<InventoryServiceServer> } {
  const to = { target, caller: 'gateway', key: 'key', timeoutMs: 20_000 } as const;
  return {
    products: stack.use(
      grpcClient<ProductServiceServer>(ProductServiceService, ProductServiceDefinition, to),
    ),
    stock: stack.use(
      grpcClient<InventoryServiceServer>(InventoryServiceService, InventoryServiceDefinition, to),
    ),
  };
}

const adminToken = () =>
  new SignJWT({ role: 'admin', sid: 'session' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setSubject('root')
    .setExpirationTime('2h')
    .sign(new TextEncoder().encode(secret));
