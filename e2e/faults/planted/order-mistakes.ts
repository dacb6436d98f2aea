import { orderStore } from '@tradewind/order/parts/outbound/order-store.ts';
import { eventPublisher } from '@tradewind/shared/nats';
import { orderServiceFrom } from './order-root.ts';

/** A demand ends when the stream has stored it, like an announcement. */
export const clearingWhenStored = orderServiceFrom({
  orderStore: (collections, owedEvents) => {
    const store = orderStore(collections, owedEvents);
    return {
      ...store,
      insertOnce: (key, fingerprint, order, owed) =>
        store.insertOnce(
          ...([key, fingerprint, order] as const),
          owed.map((event) => ({ ...event, until: 'stored' })),
        ),
    };
  },
});

/** What is published again has the id that it had. */
export const withOldMessageIds = orderServiceFrom({
  eventPublisher: (nats, source) => {
    const { publish } = eventPublisher(nats, source);
    return { publish: (event) => publish(event) };
  },
});

/** A key is stored, and nobody looks for it. */
export const withoutIdempotencyKeys = orderServiceFrom({
  prepare: async (db) => {
    const orders = db.collection('orders');
    if (await orders.indexExists('once')) await orders.dropIndex('once');
  },
  orderStore: (...deps) => ({ ...orderStore(...deps), findByKey: () => Promise.resolve(undefined) }),
});
