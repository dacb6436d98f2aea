import type { Document, Filter } from 'mongodb';
import { decodePageToken, encodePageToken } from '@tradewind/shared/mongo';
import { oweStage, owing, type OwedEvent, type OwedEvents } from '@tradewind/shared/outbox';
import {
  statesBefore,
  type Address,
  type Order,
  type OrderAction,
  type OrderStatus,
  type Shortage,
} from '../domain/order.ts';
import { bulkInserts, isTaken } from './bulk-inserts.ts';
import { toOrder, type Collections, type OrderDocument } from './collections.ts';

export interface KeyedOrder {
  readonly order: Order;
  readonly fingerprint: string;
}

/** A guarded change of state. */
export interface Transition {
  readonly orderId: string;
  readonly to: OrderStatus;
  readonly action: OrderAction;
  /** The demand that this change answers or replaces. */
  readonly settles: readonly OwedEvent['type'][];
  readonly owes: readonly OwedEvent[];
  readonly shortages?: readonly Shortage[];
}

export interface OrderQuery {
  readonly userId: string;
  readonly status: OrderStatus | undefined;
  readonly size: number;
  readonly pageToken: string;
  readonly offset: number;
}

export interface OrderStore {
  find: (id: string) => Promise<Order | undefined>;
  findByKey: (userId: string, key: string) => Promise<KeyedOrder | undefined>;
  /** Stores the order with what it owes; a key that is taken gives the first order instead. */
  insertOnce: (
    key: string,
    fingerprint: string,
    order: Order,
    owed: readonly OwedEvent[],
  ) => Promise<KeyedOrder>;
  list: (query: OrderQuery) => Promise<{ readonly orders: readonly Order[]; readonly nextPageToken: string }>;
  /** Changes state if the present one allows it. @returns undefined when it does not, or when there is no such order */
  transition: (transition: Transition) => Promise<Order | undefined>;
  /** The same for many, in one write; those that the present state forbids change nothing. */
  transitionAll: (transitions: readonly Transition[]) => Promise<void>;
  /** Takes off demands whose effect is known. */
  settleAll: (orderIds: readonly string[], type: OwedEvent['type']) => Promise<void>;
  statesOf: (
    orderIds: readonly string[],
  ) => Promise<ReadonlyMap<string, Pick<Order, 'id' | 'userId' | 'status'>>>;
  /** While PENDING only. @returns undefined otherwise */
  amend: (
    id: string,
    change: { readonly address?: Address; readonly note?: string },
    action: OrderAction,
  ) => Promise<Order | undefined>;
}

export function orderStore({ orders }: Collections, owedEvents: Pick<OwedEvents, 'publish'>): OrderStore {
  const insert = bulkInserts(orders);

  async function findByKey(userId: string, key: string): Promise<KeyedOrder | undefined> {
    const document = await orders.findOne({ userId, key });
    return document ? { order: toOrder(document), fingerprint: document.fingerprint } : undefined;
  }

  return {
    findByKey,

    async find(id) {
      const document = await orders.findOne({ _id: id });
      return document ? toOrder(document) : undefined;
    },

    async insertOnce(key, fingerprint, order, owed) {
      const { id, ...fields } = order;
      const document: OrderDocument = { _id: id, key, fingerprint, ...fields, ...owing(owed) };
      try {
        await insert(document);
      } catch (error) {
        const first = isTaken(error) ? await findByKey(order.userId, key) : undefined;
        if (first) return first;
        throw error;
      }
      void owedEvents.publish([{ id, events: owed }]);
      return { order, fingerprint };
    },

    async list({ userId, status, size, pageToken, offset }) {
      const before = pageToken === '' ? undefined : decodePageToken(pageToken, ['string'])[0];
      const filter: Filter<OrderDocument> = {
        userId,
        ...(status === undefined ? {} : { status }),
        ...(before === undefined ? {} : { _id: { $lt: before } }),
      };
      const found = await orders
        .find(filter)
        .sort({ _id: -1 })
        .skip(offset)
        .limit(size + 1)
        .toArray();
      const page = found.slice(0, size);
      const last = found.length > size ? page.at(-1) : undefined;
      return { orders: page.map(toOrder), nextPageToken: last ? encodePageToken([last._id]) : '' };
    },

    async transition(transition) {
      const document = await orders.findOneAndUpdate(guardOf(transition), changeOf(transition), {
        returnDocument: 'after',
      });
      if (!document) return undefined;
      void owedEvents.publish([{ id: transition.orderId, events: transition.owes }]);
      return toOrder(document);
    },

    async transitionAll(transitions) {
      if (transitions.length === 0) return;
      await orders.bulkWrite(
        transitions.map((transition) => ({
          updateOne: { filter: guardOf(transition), update: changeOf(transition) },
        })),
        { ordered: false },
      );
      await owedEvents.publish(transitions.map(({ orderId, owes }) => ({ id: orderId, events: owes })));
    },

    async settleAll(orderIds, type) {
      if (orderIds.length === 0) return;
      await orders.updateMany(
        { _id: { $in: [...orderIds] }, 'owed.type': type },
        oweStage({ remove: { $eq: ['$$event.type', type] } }),
      );
    },

    async statesOf(orderIds) {
      const found = await orders
        .find({ _id: { $in: [...orderIds] } }, { projection: { status: 1, userId: 1 } })
        .toArray();
      return new Map(found.map(({ _id: id, status, userId }) => [id, { id, status, userId }]));
    },

    async amend(id, change, action) {
      const document = await orders.findOneAndUpdate(
        { _id: id, status: 'PENDING' },
        { $set: { ...change, updatedAt: action.at }, $push: { actions: action } },
        { returnDocument: 'after' },
      );
      return document ? toOrder(document) : undefined;
    },
  };
}

const guardOf = ({ orderId, to }: Transition): Filter<OrderDocument> => ({
  _id: orderId,
  status: { $in: statesBefore(to) },
});

/** State, log and owed events change together. The literals keep texts that start with a dollar sign what they are. */
function changeOf({ to, action, settles, owes, shortages }: Transition): Document[] {
  return [
    {
      $set: {
        status: to,
        updatedAt: action.at,
        actions: { $concatArrays: ['$actions', { $literal: [action] }] },
        ...(shortages === undefined ? {} : { shortages: { $literal: shortages } }),
      },
    },
    ...oweStage({ remove: { $in: ['$$event.type', settles] }, add: owes }),
  ];
}
