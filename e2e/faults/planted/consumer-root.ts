import type { Db } from 'mongodb';
import type { startInventoryConsumer } from '@tradewind/inventory/app';
import type { Product } from '@tradewind/inventory/parts/domain/product.ts';
import { consumeOrders } from '@tradewind/inventory/parts/inbound/order-events.ts';
import { collections, migrations } from '@tradewind/inventory/parts/outbound/collections.ts';
import { decisionAnswers } from '@tradewind/inventory/parts/outbound/decision-answers.ts';
import { tellReaders } from '@tradewind/inventory/parts/outbound/readers.ts';
import { stockStore } from '@tradewind/inventory/parts/outbound/stock-store.ts';
import {
  decideOrders,
  type DecideOrders,
  type DecideOrdersDeps,
} from '@tradewind/inventory/parts/usecases/decide-orders.ts';
import { mongoTimeouts, natsOptions, redisOptions } from '@tradewind/shared/config';
import { connectMongo, migrate } from '@tradewind/shared/mongo';
import { eventPublisher, openNats } from '@tradewind/shared/nats';
import { connectRedis, versionedCache } from '@tradewind/shared/redis';

/** What a mistake may replace. */
export interface ConsumerParts {
  readonly stockStore: typeof stockStore;
  readonly decideOrders: (deps: DecideOrdersDeps, db: Db) => DecideOrders;
}

/** The inventory consumer as the product composes it, with other parts. */
export function consumerFrom(parts: Partial<ConsumerParts>): typeof startInventoryConsumer {
  const { stockStore: openStore, decideOrders: deciding }: ConsumerParts = {
    ...{ stockStore, decideOrders },
    ...parts,
  };
  return async (config, log) => {
    await using stack = new AsyncDisposableStack();
    const { client, db } = stack.use(
      await connectMongo(config.MONGO_URI, config.MONGO_DB_NAME, log, mongoTimeouts(config)),
    );
    const nats = stack.use(await openNats(config.NATS_URL, 'inventory', log, natsOptions(config)));
    const redis = stack.use(connectRedis(redisOptions(config), log));
    await migrate(db, migrations, log);
    const cache = versionedCache<Product>(redis, 'product', 60_000, log);
    const { tell, sweepAt } = stack.use(
      tellReaders({ collections: collections(db), nats, cache, afterMs: config.TELL_AFTER_MS, log }),
    );
    const store = openStore(client, collections(db), { claimMs: config.CLAIM_MS, sweepAt });
    const answer = decisionAnswers(eventPublisher(nats, 'inventory'));
    stack.use(consumeOrders(nats, deciding({ store, answer, tell }, db), log));
    return stack.move();
  };
}
