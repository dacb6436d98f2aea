import type { Document, Filter } from 'mongodb';
import { unavailable } from '@tradewind/shared/errors';
import { decodePageToken, encodePageToken, maxPageMs } from '@tradewind/shared/mongo';
import { oweStage, owing, type OwedEvents } from '@tradewind/shared/outbox';
import { statesBefore, type Order, type OrderStatus } from '../domain/order.ts';
import type { ChangeOrderDeps } from '../usecases/change-order.ts';
import type { KeyedOrder, PlaceOrderDeps } from '../usecases/place-order.ts';
import type { SettleOrdersDeps } from '../usecases/settle-orders.ts';
import type { Transition } from '../usecases/transition.ts';
import { bulkInserts, TakenError } from './bulk-inserts.ts';
import { toOrder, type Collections, type OrderDocument } from './collections.ts';

export interface OrderQuery {
  readonly userId: string;
  readonly status: OrderStatus | undefined;
  readonly size: number;
  readonly pageToken: string;
  readonly offset: number;
}

export type OrderStore = PlaceOrderDeps['orders'] &
  ChangeOrderDeps['orders'] &
  SettleOrdersDeps['orders'] & {
    list: (
      query: OrderQuery,
    ) => Promise<{ readonly orders: readonly Order[]; readonly nextPageToken: string }>;
  };

export function orderStore(
  { orders }: Collections,
  owedEvents: Pick<OwedEvents, 'publish' | 'sweepAt'>,
): OrderStore {
  const insert = bulkInserts(orders);

  async function findByKey(userId: string, key: string): Promise<KeyedOrder | undefined> {
    const document = await orders.findOne({ userId, key });
    return document ? { order: toOrder(document), fingerprint: document.fingerprint } : undefined;
  }

  /** The transitions that happened, by what their orders owe since. */
  async function whichOwe(transitions: readonly Transition[]): Promise<Set<string>> {
    const eventIds = transitions.flatMap(({ owes }) => owes.map(({ id }) => id));
    const found = await orders
      .find(
        { _id: { $in: transitions.map(({ orderId }) => orderId) }, 'owed.id': { $in: eventIds } },
        { projection: { _id: 1 }, batchSize: transitions.length + 1 },
      )
      .toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  return {
    findByKey,

    async find(id) {
      const document = await orders.findOne({ _id: id });
      return document ? toOrder(document) : undefined;
    },

    async insertOnce({ key, fingerprint, order, owed, signal }) {
      const { id, ...fields } = order;
      const document: OrderDocument = {
        _id: id,
        key,
        fingerprint,
        ...fields,
        ...owing(owed, owedEvents.sweepAt()),
      };
      try {
        await insert(document, signal);
      } catch (error) {
        if (!(error instanceof TakenError)) throw error;
        const first = await findByKey(order.userId, key);
        if (first) return first;
        throw unavailable('the first order with this key', error);
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
        .maxTimeMS(maxPageMs)
        .toArray();
      const page = found.slice(0, size);
      const last = found.length > size ? page.at(-1) : undefined;
      return { orders: page.map(toOrder), nextPageToken: last ? encodePageToken([last._id]) : '' };
    },

    async transition(transition) {
      const { to, orderId } = transition;
      const document = await orders.findOneAndUpdate(
        { _id: orderId, status: { $in: statesBefore(to) } },
        changeOf([transition], owedEvents.sweepAt()),
        { returnDocument: 'after' },
      );
      if (!document) return undefined;
      void owedEvents.publish([{ id: orderId, events: transition.owes }]);
      return toOrder(document);
    },

    async transitionAll(transitions) {
      if (transitions.length === 0) return new Set();
      const sweepAt = owedEvents.sweepAt();
      const { matchedCount } = await orders.bulkWrite(
        [...Map.groupBy(transitions, ({ to }) => to)].map(([to, group]) => ({
          updateMany: {
            filter: {
              _id: { $in: group.map(({ orderId }) => orderId) },
              status: { $in: statesBefore(to) },
            },
            update: changeOf(group, sweepAt),
          },
        })),
        { ordered: false },
      );
      // The write only gives totals.
      const changed =
        matchedCount === transitions.length
          ? new Set(transitions.map(({ orderId }) => orderId))
          : await whichOwe(transitions);
      await owedEvents.publish(
        transitions
          .filter(({ orderId }) => changed.has(orderId))
          .map(({ orderId, owes }) => ({ id: orderId, events: owes })),
      );
      return changed;
    },

    async settleAll(orderIds, type) {
      if (orderIds.length === 0) return;
      await orders.updateMany(
        { _id: { $in: [...orderIds] }, owed: { $elemMatch: { type, until: 'effect' } } },
        // Not an announcement of the same type, which may still be unpublished.
        oweStage(
          { remove: { $and: [{ $eq: ['$$event.type', type] }, { $eq: ['$$event.until', 'effect'] }] } },
          owedEvents.sweepAt(),
        ),
      );
    },

    async statesOf(orderIds) {
      const isAnnouncement = { $eq: ['$$event.until', 'stored'] };
      const owed = { $filter: { input: '$owed', as: 'event', cond: isAnnouncement } };
      const found = await orders
        .find(
          { _id: { $in: [...orderIds] } },
          { projection: { status: 1, userId: 1, owed }, batchSize: orderIds.length + 1 },
        )
        .toArray();
      return new Map(
        found.map(({ _id: id, owed: announcements, ...state }) => [id, { id, ...state, announcements }]),
      );
    },

    announce: (states) =>
      owedEvents.publish(states.map(({ id, announcements }) => ({ id, events: announcements }))),

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

/**
 * State, log and owed events change together, of many orders in one update: each finds what is its own by its place in the
 * list, once. The literal keeps texts that start with a dollar sign what they are.
 */
function changeOf(transitions: readonly Transition[], sweepAt: Date): Document[] {
  const place = { $indexOfArray: [{ $literal: transitions.map(({ orderId }) => orderId) }, '$_id'] };
  return [
    { $set: { change: { $arrayElemAt: [{ $literal: transitions }, place] } } },
    {
      $set: {
        status: '$change.to',
        updatedAt: '$change.action.at',
        actions: { $concatArrays: ['$actions', ['$change.action']] },
        shortages: { $ifNull: ['$change.shortages', '$shortages'] },
      },
    },
    ...oweStage({ remove: { $in: ['$$event.type', '$change.settles'] }, add: '$change.owes' }, sweepAt),
    { $unset: 'change' },
  ];
}
