import type { Collection, Db } from 'mongodb';
import type { Migration } from '@tradewind/shared/mongo';
import { owedIndex, type Owing } from '@tradewind/shared/outbox';
import type { CatalogueProduct } from '../domain/catalogue.ts';
import type { Order } from '../domain/order.ts';

/** The order, its action log and the events that it owes: one document, so that one write is atomic. */
export interface OrderDocument extends Omit<Order, 'id'>, Owing {
  readonly _id: string;
  /** The client's key, or the order id: a missing field would collide under the unique index. */
  readonly key: string;
  /** Of the request that the key stands for, with its version. */
  readonly fingerprint: string;
}

export interface CatalogueDocument extends Omit<CatalogueProduct, 'id'> {
  readonly _id: string;
}

export interface Collections {
  readonly orders: Collection<OrderDocument>;
  readonly catalogue: Collection<CatalogueDocument>;
}

export const collections = (db: Db): Collections => ({
  orders: db.collection('orders'),
  catalogue: db.collection('catalogue'),
});

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'orders and the catalogue to price them',
    up: async (db) => {
      await db
        .collection('orders')
        .createIndexes([
          { key: { userId: 1, key: 1 }, unique: true, name: 'once' },
          { key: { userId: 1, _id: -1 }, name: 'newest' },
          { key: { userId: 1, status: 1, _id: -1 }, name: 'status' },
          owedIndex,
        ]);
    },
  },
];

export function toOrder(document: OrderDocument): Order {
  const { userId, status, items, total, address, note, shortages, actions, createdAt, updatedAt } = document;
  return {
    id: document._id,
    userId,
    status,
    items,
    total,
    address,
    note,
    shortages,
    actions,
    createdAt,
    updatedAt,
  };
}
