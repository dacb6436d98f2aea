import {
  InventoryServiceDefinition,
  InventoryServiceService,
  ProductServiceDefinition,
  ProductServiceService,
  type InventoryServiceServer,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import {
  UserServiceDefinition,
  UserServiceService,
  type UserServiceServer,
} from '@tradewind/proto/user/v1/user';
import { watchTokens } from '@tradewind/shared/auth';
import { mongoTimeouts, natsOptions, owedTimes, redisOptions, tlsOptions } from '@tradewind/shared/config';
import { grpcClient, serveGrpc, type GrpcClientOptions } from '@tradewind/shared/grpc';
import { newId } from '@tradewind/shared/ids';
import { connectMongo, migrate, mongoFailure } from '@tradewind/shared/mongo';
import { eventPublisher, natsFailure, openNats } from '@tradewind/shared/nats';
import { publishOwedEvents, type OwingDocument } from '@tradewind/shared/outbox';
import { connectRedis, redisFailure } from '@tradewind/shared/redis';
import { meters, type Logger } from '@tradewind/shared/telemetry';
import type { OrderConfig } from './config.ts';
import { consumeProducts } from './inbound/product-events.ts';
import { orderService } from './inbound/order-service.ts';
import { consumeAnswers } from './inbound/stock-events.ts';
import { catalogueStore } from './outbound/catalogue-store.ts';
import { collections, migrations } from './outbound/collections.ts';
import { inventoryReader } from './outbound/inventory-reader.ts';
import { orderStore } from './outbound/order-store.ts';
import { changeOrder } from './usecases/change-order.ts';
import { placeOrder } from './usecases/place-order.ts';
import { priceOrder } from './usecases/price-order.ts';
import { settleOrders } from './usecases/settle-orders.ts';

/** Adapters that a test may put in the place of the real ones. */
export interface Adapters {
  readonly orderStore: typeof orderStore;
  readonly eventPublisher: typeof eventPublisher;
}

/** OrderService, with the consumers that settle orders and keep the catalogue. */
export async function startOrderService(
  config: OrderConfig,
  log: Logger,
  adapters: Adapters = { orderStore, eventPublisher },
): Promise<AsyncDisposable & { readonly port: number }> {
  await using stack = new AsyncDisposableStack();
  const mongo = stack.use(
    await connectMongo(config.MONGO_URI, config.MONGO_DB_NAME, log, mongoTimeouts(config)),
  );
  const nats = stack.use(await openNats(config.NATS_URL, 'order', log, natsOptions(config)));
  const redis = stack.use(connectRedis(redisOptions(config), log));
  await migrate(mongo.db, migrations, log);

  const { users, products, stock } = connectServices(stack, config);
  const verifier = stack.use(await watchTokens({ users, redis, secret: config.JWT_SECRET, log }));

  const inventory = inventoryReader(products, stock, config.CHECK_STOCK_MS);
  const owedEvents = stack.use(
    publishOwedEvents({
      nats,
      publisher: adapters.eventPublisher(nats, 'order'),
      collection: mongo.db.collection<OwingDocument>('orders'),
      streams: ['ORDERS'],
      ...owedTimes(config),
      log,
    }),
  );
  const orders = adapters.orderStore(collections(mongo.db), owedEvents);
  const catalogue = catalogueStore(collections(mongo.db));
  const now = () => new Date();
  const count = (outcome: string) => {
    meters.orders().add(1, { outcome });
  };
  const place = placeOrder({
    orders,
    price: priceOrder({ catalogue, fetchProducts: inventory.fetchProducts }),
    checkStock: inventory.checkStock,
    newId,
    now,
    count,
  });
  const settle = settleOrders({
    orders,
    now,
    alert: (answer, state) => {
      log.error({ answer, state }, 'inventory answered what this order cannot be');
      count('alert');
    },
    count,
  });
  stack.use(consumeProducts(nats, catalogue, log));
  stack.use(consumeAnswers(nats, settle, log));
  const server = stack.use(
    await serveGrpc({
      host: config.HOST,
      port: config.PORT,
      tls: tlsOptions(config),
      services: [orderService({ place, list: orders.list, ...changeOrder({ orders, now, count }) })],
      callerKeys: config.CALLER_KEYS,
      verifier,
      classifiers: [mongoFailure, redisFailure, natsFailure],
      log,
    }),
  );
  const open = stack.move();
  return { port: server.port, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

function connectServices(stack: AsyncDisposableStack, config: OrderConfig) {
  const to = (target: string): GrpcClientOptions => ({
    target,
    caller: 'order',
    key: config.SERVICE_KEY,
    tls: tlsOptions(config),
  });
  return {
    users: stack.use(
      grpcClient<UserServiceServer>(UserServiceService, UserServiceDefinition, to(config.USER_SERVICE)),
    ),
    products: stack.use(
      grpcClient<ProductServiceServer>(
        ProductServiceService,
        ProductServiceDefinition,
        to(config.INVENTORY_SERVICE),
      ),
    ),
    stock: stack.use(
      grpcClient<InventoryServiceServer>(
        InventoryServiceService,
        InventoryServiceDefinition,
        to(config.INVENTORY_SERVICE),
      ),
    ),
  };
}
