import type { Db } from 'mongodb';
import type { startOrderService } from '@tradewind/order/app';
import { orderService } from '@tradewind/order/parts/inbound/order-service.ts';
import { consumeProducts } from '@tradewind/order/parts/inbound/product-events.ts';
import { consumeAnswers } from '@tradewind/order/parts/inbound/stock-events.ts';
import { catalogueStore } from '@tradewind/order/parts/outbound/catalogue-store.ts';
import { collections, migrations } from '@tradewind/order/parts/outbound/collections.ts';
import { orderStore } from '@tradewind/order/parts/outbound/order-store.ts';
import { changeOrder } from '@tradewind/order/parts/usecases/change-order.ts';
import { placeOrder } from '@tradewind/order/parts/usecases/place-order.ts';
import { priceOrder } from '@tradewind/order/parts/usecases/price-order.ts';
import { settleOrders } from '@tradewind/order/parts/usecases/settle-orders.ts';
import { createTokenVerifier } from '@tradewind/shared/auth';
import { mongoTimeouts, natsOptions, owedTimes } from '@tradewind/shared/config';
import { serveGrpc } from '@tradewind/shared/grpc';
import { newId } from '@tradewind/shared/ids';
import { connectMongo, migrate, mongoFailure } from '@tradewind/shared/mongo';
import { eventPublisher, natsFailure, openNats } from '@tradewind/shared/nats';
import { publishOwedEvents, type OwingDocument } from '@tradewind/shared/outbox';

/** What a mistake may replace. */
export interface OrderParts {
  /** After the migrations. */
  readonly prepare: (db: Db) => Promise<unknown>;
  readonly orderStore: typeof orderStore;
  readonly eventPublisher: typeof eventPublisher;
}

const nothing = () => undefined;
const none = () => Promise.resolve([]);

/** The order service as the product composes it, with other parts. It asks inventory nothing, and revokes no token. */
export function orderServiceFrom(parts: Partial<OrderParts>): typeof startOrderService {
  const {
    prepare,
    orderStore: openStore,
    eventPublisher: openPublisher,
  }: OrderParts = {
    ...{ prepare: none, orderStore, eventPublisher },
    ...parts,
  };
  return async (config, log) => {
    await using stack = new AsyncDisposableStack();
    const { db } = stack.use(
      await connectMongo(config.MONGO_URI, config.MONGO_DB_NAME, mongoTimeouts(config)),
    );
    const nats = stack.use(await openNats(config.NATS_URL, 'order', log, natsOptions(config)));
    await migrate(db, migrations, log);
    await prepare(db);
    const owedEvents = stack.use(
      publishOwedEvents({
        ...{ nats, publisher: openPublisher(nats, 'order'), streams: ['ORDERS'], log },
        ...owedTimes(config),
        collection: db.collection<OwingDocument>('orders'),
      }),
    );
    const orders = openStore(collections(db), owedEvents);
    const catalogue = catalogueStore(collections(db));
    const [now, count] = [() => new Date(), nothing];
    const price = priceOrder({ catalogue, fetchProducts: none });
    const place = placeOrder({ orders, price, checkStock: none, newId, now, count });
    stack.use(consumeProducts(nats, catalogue, log));
    stack.use(consumeAnswers(nats, settleOrders({ orders, now, alert: nothing, count }), log));
    const server = stack.use(
      await serveGrpc({
        host: config.HOST,
        port: config.PORT,
        services: [orderService({ place, list: orders.list, ...changeOrder({ orders, now, count }) })],
        callerKeys: config.CALLER_KEYS,
        verifier: createTokenVerifier({
          fetchKeys: () => Promise.resolve('{"keys":[]}'),
          secret: config.JWT_SECRET,
          isRevoked: () => false,
        }),
        classifiers: [mongoFailure, natsFailure],
        log,
      }),
    );
    const open = stack.move();
    return { port: server.port, [Symbol.asyncDispose]: () => open.disposeAsync() };
  };
}
