import { expect } from 'vitest';
import { answersTo, requests } from '../kit/proxy-mongo.ts';
import { acknowledges, publishes, type Publication } from '../kit/proxy-nats.ts';
import type { KillPoint } from './kill-at-point.ts';
import type { ShopFloor } from './shop-floor.ts';

const point = <M>(killPoint: KillPoint<M>): KillPoint<M> => killPoint;

/** The moments in the life of an order at which a crash could lose it, or count it twice. */
export const points = {
  beforeCommit: point({
    process: 'inventory-consumer',
    hold: ({ mongo }) => mongo.hold(requests('commitTransaction')),
    isThere: async (floor) => {
      expect(await waiting(floor)).not.toEqual([]);
    },
  }),
  beforePublication: point({
    process: 'inventory-consumer',
    hold: ({ nats }) => nats.hold(publishes('stock.reserved')),
    isThere: async (floor, message) => {
      expect(await stateOf(floor, message)).toEqual({ order: 'PENDING', decision: 'RESERVED' });
    },
  }),
  beforeAcknowledgement: point({
    process: 'inventory-consumer',
    hold: ({ nats }) => nats.hold(acknowledges('ORDERS', 'inventory')),
    isThere: async ({ nats, inventoryDb }, { subject }) => {
      // $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>
      const sequence = Number(subject.split('.')[5]);
      const admin = await nats.admin();
      const message = await admin.streams.getMessage('ORDERS', { seq: sequence });
      const { order_id: _id } = message.json<{ order_id: string }>();
      expect(await inventoryDb.collection<{ _id: string }>('decisions').findOne({ _id })).not.toBeNull();
      const { ack_floor } = await admin.consumers.info('ORDERS', 'inventory');
      expect(ack_floor.stream_seq).toBeLessThan(sequence);
    },
  }),
  beforeOrderEvent: point({
    process: 'order',
    hold: ({ nats }) => nats.hold(publishes('order.created')),
    isThere: async (floor, message) => {
      expect(await stateOf(floor, message)).toEqual({ order: 'PENDING', decision: undefined });
    },
  }),
  beforeOrderAnswer: point({
    process: 'order',
    hold: ({ mongo }) => mongo.hold(answersTo('insert', 'orders')),
    isThere: async ({ orderDb }) => {
      expect(await orderDb.collection('orders').countDocuments({ status: 'PENDING' })).toBeGreaterThan(0);
    },
  }),
};

interface Stateful {
  readonly _id: string;
  readonly status?: string;
  readonly state?: string;
}

/** Of the order that an event is about. */
async function stateOf({ orderDb, inventoryDb }: ShopFloor, { payload }: Publication) {
  const _id = /"order_id":"([^"]+)"/.exec(payload)?.[1] ?? '';
  const order = await orderDb.collection<Stateful>('orders').findOne({ _id });
  const decision = await inventoryDb.collection<Stateful>('decisions').findOne({ _id });
  return { order: order?.status, decision: decision?.state };
}

/** Orders that have been placed and not been decided. */
async function waiting({ orderDb, inventoryDb }: ShopFloor): Promise<string[]> {
  const pending = await orderDb.collection<Stateful>('orders').find({ status: 'PENDING' }).toArray();
  const ids = pending.map(({ _id }) => _id);
  const decided = await inventoryDb.collection<Stateful>('decisions').distinct('_id', { _id: { $in: ids } });
  return ids.filter((id) => !decided.includes(id));
}
