import { startOrderService, type Adapters } from '@tradewind/order/app';
import { orderStore } from '@tradewind/order/parts/outbound/order-store.ts';
import { eventPublisher } from '@tradewind/shared/nats';

/** The order service as the product composes it, with other parts. */
const orderServiceWith =
  (parts: Partial<Adapters>): typeof startOrderService =>
  (config, log) =>
    startOrderService(config, log, { orderStore, eventPublisher, ...parts });

/** A demand ends when the stream has stored it, like an announcement. */
export const clearingWhenStored = orderServiceWith({
  orderStore: (collections, owedEvents) => {
    const store = orderStore(collections, owedEvents);
    return {
      ...store,
      insertOnce: ({ owed, ...placing }) =>
        store.insertOnce({ ...placing, owed: owed.map((event) => ({ ...event, until: 'stored' })) }),
    };
  },
});

/** What is published again has the id that it had. */
export const withOldMessageIds = orderServiceWith({
  eventPublisher: (nats, source) => {
    const { publish } = eventPublisher(nats, source);
    return { publish: (event) => publish(event) };
  },
});

/** A key is stored, and nobody looks for it. */
export const withoutIdempotencyKeys = orderServiceWith({
  orderStore: (collections, owedEvents) => {
    const store = orderStore(collections, owedEvents);
    const unguarded = collections.orders.dropIndex('once').catch(() => undefined);
    return {
      ...store,
      findByKey: () => Promise.resolve(undefined),
      insertOnce: async (placing) => {
        await unguarded;
        return await store.insertOnce(placing);
      },
    };
  },
});
