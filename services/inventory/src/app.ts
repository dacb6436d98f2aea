import {
  UserServiceDefinition,
  UserServiceService,
  type UserServiceServer,
} from '@tradewind/proto/user/v1/user';
import { watchTokens } from '@tradewind/shared/auth';
import { mongoTimeouts, natsOptions, redisOptions, tlsOptions } from '@tradewind/shared/config';
import { grpcClient, serveGrpc } from '@tradewind/shared/grpc';
import { connectMongo, migrate, mongoFailure } from '@tradewind/shared/mongo';
import { eventPublisher, natsFailure, openNats } from '@tradewind/shared/nats';
import { connectRedis, redisFailure, versionedCache } from '@tradewind/shared/redis';
import type { Logger } from '@tradewind/shared/telemetry';
import type { InventoryConfig } from './config.ts';
import type { Product } from './domain/product.ts';
import { consumeOrders } from './inbound/order-events.ts';
import { productService } from './inbound/product-service.ts';
import { stockService } from './inbound/stock-service.ts';
import { collections, migrations } from './outbound/collections.ts';
import { decisionAnswers } from './outbound/decision-answers.ts';
import { levelFeed } from './outbound/level-feed.ts';
import { productStore } from './outbound/product-store.ts';
import { tellReaders } from './outbound/readers.ts';
import { stockStore } from './outbound/stock-store.ts';
import { adjustStock, decreaseStock } from './usecases/change-stock.ts';
import { decideOrders } from './usecases/decide-orders.ts';
import { manageProducts } from './usecases/manage-products.ts';
import { restocks } from './usecases/restock.ts';

const cacheTtlMs = 5 * 60_000;
/** A product page may show a level so late while orders keep coming; the first change after a pause is told at once. */
const gatherLevelsMs = 500;

/** ProductService and InventoryService. */
export async function startInventoryService(
  config: InventoryConfig,
  log: Logger,
): Promise<AsyncDisposable & { readonly port: number }> {
  await using stack = new AsyncDisposableStack();
  const { mongo, nats, redis, cache, readers, store } = await openStores(stack, config, log);
  const users = stack.use(
    grpcClient<UserServiceServer>(UserServiceService, UserServiceDefinition, {
      target: config.USER_SERVICE,
      caller: 'inventory',
      key: config.SERVICE_KEY,
      tls: tlsOptions(config),
    }),
  );
  const verifier = stack.use(await watchTokens({ users, redis, secret: config.JWT_SECRET, log }));
  const products = productStore(mongo.client, collections(mongo.db), readers);
  const feed = stack.use(levelFeed(nats, log));
  const server = stack.use(
    await serveGrpc({
      host: config.HOST,
      port: config.PORT,
      tls: tlsOptions(config),
      services: [
        productService({ products, cache, ...manageProducts({ store: products, tell: readers.tell }) }),
        stockService({
          products,
          feed,
          adjust: adjustStock({ store, tell: readers.tell }),
          decrease: decreaseStock({ store, tell: readers.tell }),
          ...restocks({ store, tell: readers.tell }),
        }),
      ],
      callerKeys: config.CALLER_KEYS,
      verifier,
      classifiers: [mongoFailure, redisFailure, natsFailure],
      log,
    }),
  );
  const open = stack.move();
  return { port: server.port, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Decides orders from their events; it scales apart from the server. */
export async function startInventoryConsumer(config: InventoryConfig, log: Logger): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { nats, readers, store } = await openStores(stack, config, log, gatherLevelsMs);
  const answer = decisionAnswers(eventPublisher(nats, 'inventory'));
  stack.use(consumeOrders(nats, decideOrders({ store, answer, tell: readers.tell }), log));
  return stack.move();
}

async function openStores(
  stack: AsyncDisposableStack,
  config: InventoryConfig,
  log: Logger,
  gatherMs?: number,
) {
  const mongo = stack.use(
    await connectMongo(config.MONGO_URI, config.MONGO_DB_NAME, log, mongoTimeouts(config)),
  );
  const nats = stack.use(await openNats(config.NATS_URL, 'inventory', log, natsOptions(config)));
  const redis = stack.use(connectRedis(redisOptions(config), log));
  await migrate(mongo.db, migrations, log);
  const cache = versionedCache<Product>(redis, 'product', cacheTtlMs, log);
  const readers = stack.use(
    tellReaders({
      ...{ collections: collections(mongo.db), nats, cache, gatherMs },
      ...{ afterMs: config.TELL_AFTER_MS, log },
    }),
  );
  const store = stockStore(mongo.client, collections(mongo.db), {
    claimMs: config.CLAIM_MS,
    sweepAt: readers.sweepAt,
  });
  return { mongo, nats, redis, cache, readers, store };
}
