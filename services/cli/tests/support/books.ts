import { randomUUID } from 'node:crypto';
import { MongoClient, type Collection } from 'mongodb';

/** A document as a test writes it, right or wrong. */
export interface Fields {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** Small books of every kind of order and restock, which are right until a test changes them. */
export interface TestBooks extends AsyncDisposable {
  readonly uri: string;
  readonly inventoryDb: string;
  readonly orderDb: string;
  readonly products: Collection<Fields>;
  readonly movements: Collection<Fields>;
  readonly decisions: Collection<Fields>;
  readonly counters: Collection<Fields>;
  readonly orders: Collection<Fields>;
  /** Puts everything right again. */
  readonly reset: () => Promise<void>;
}

const placedAt = new Date('2026-01-01T00:00:00Z');

/** Younger than any bound. */
const later = () => new Date(Date.now() + 3_600_000);

const product = (_id: string, onHand: number, sequence: number): Fields => ({ _id, onHand, sequence });

const row = (productId: string, sequence: number, change: Omit<Fields, '_id'>): Fields => ({
  _id: `${productId}:${sequence}`,
  ...{ productId, sequence, kind: 'ADJUSTMENT', source: `gateway/${sequence}` },
  ...change,
});

export const line = (productId: string, quantity: number) => ({ productId, quantity });

const decision = (_id: string, state: string, lines: readonly object[], reason = ''): Fields => ({
  ...{ _id, state, lines, reason, shortages: [], at: placedAt },
});

const counter = (source: string, productId: string, change: string, counts: object): Fields => ({
  ...{ _id: `controller/${source}`, productId, trigger: 'number', lastAt: placedAt },
  change: { kind: change.replace(/ \d+$/, ''), units: Number(/\d+$/.exec(change)?.[0]) },
  ...counts,
});

export const order = (_id: string, log: string, status: string, items: readonly Priced[]): Fields => ({
  ...{ _id, userId: 'user', key: _id, status },
  items,
  total: {
    currency: 'EUR',
    amount: items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
  },
  actions: log.split(' ').map((action) => ({ action, at: placedAt, actor: 'user', detail: '' })),
  owed: [],
});

type Priced = ReturnType<typeof item>;
export const item = (productId: string, quantity: number) => ({ productId, quantity, unitPrice: 250 });

/** An order's demand that was just written. */
export const owing = (type: string, time = later()) => ({
  owed: [{ id: `${type} event`, type, until: 'effect', time, data: {} }],
  owedAt: later(),
});

const books = () => ({
  products: [product('fig', 17, 3), product('pear', 8, 6), product('plum', 5, 3), product('quince', 0, 0)],
  movements: [
    row('fig', 1, { kind: 'RESTOCK', source: 'controller/low#1', quantity: 5, balance: 5 }),
    row('fig', 2, { kind: 'RESTOCK', source: 'controller/low#1#2', quantity: 7, balance: 12 }),
    row('fig', 3, { kind: 'RESTOCK', source: 'controller/low#2', quantity: 5, balance: 17 }),
    row('pear', 1, { kind: 'INITIAL', quantity: 10, balance: 10 }),
    row('pear', 2, { kind: 'ORDER', source: 'confirmed', quantity: -2, balance: 8 }),
    row('pear', 3, { kind: 'ORDER', source: 'released', quantity: -3, balance: 5 }),
    row('pear', 4, { quantity: 1, balance: 6 }),
    row('pear', 5, { kind: 'RELEASE', source: 'released', quantity: 3, balance: 9 }),
    row('pear', 6, { kind: 'ORDER', source: 'completed', quantity: -1, balance: 8 }),
    row('plum', 1, { kind: 'INITIAL', quantity: 5, balance: 5 }),
    row('plum', 2, { kind: 'ORDER', source: 'released', quantity: -5, balance: 0 }),
    row('plum', 3, { kind: 'RELEASE', source: 'released', quantity: 5, balance: 5 }),
  ],
  decisions: [
    decision('completed', 'RESERVED', [line('pear', 1)]),
    decision('confirmed', 'RESERVED', [line('pear', 2)]),
    decision('early', 'CANCELLED', []),
    decision('rejected', 'REJECTED', [line('quince', 1)]),
    decision('released', 'RELEASED', [line('pear', 3), line('plum', 5)]),
    decision('undecidable', 'REJECTED', [], 'the order has no lines'),
  ],
  counters: [
    counter('low', 'fig', 'delta 5', { restocks: 2, triggers: 2, units: 10, lastMovement: { sequence: 3 } }),
    // Another source, whose name looks like a trigger of the one before.
    counter('low#1', 'fig', 'up to 20', {
      ...{ restocks: 1, triggers: 2, units: 7, lastMovement: { sequence: 2 } },
    }),
    counter('full', 'plum', 'up to 5', { restocks: 0, triggers: 1, units: 0 }),
  ],
  orders: [
    order('completed', 'PLACED CONFIRMED COMPLETED', 'COMPLETED', [item('pear', 1)]),
    order('confirmed', 'PLACED UPDATED CONFIRMED', 'CONFIRMED', [item('pear', 2)]),
    order('early', 'PLACED CANCELLED', 'CANCELLED', [item('pear', 1)]),
    { ...order('pending', 'PLACED', 'PENDING', [item('pear', 1)]), ...owing('order.created') },
    order('rejected', 'PLACED REJECTED', 'CANCELLED', [item('quince', 1)]),
    order('released', 'PLACED CONFIRMED CANCELLED', 'CANCELLED', [item('plum', 5), item('pear', 3)]),
    order('undecidable', 'PLACED REJECTED', 'CANCELLED', [item('quince', 9)]),
  ],
});

export async function openTestBooks(uri: string): Promise<TestBooks> {
  const client = await new MongoClient(uri).connect();
  const suffix = randomUUID().slice(0, 8);
  const inventory = client.db(`inventory_${suffix}`);
  const orderDb = client.db(`order_${suffix}`);
  const collections = {
    products: inventory.collection<Fields>('products'),
    movements: inventory.collection<Fields>('movements'),
    decisions: inventory.collection<Fields>('decisions'),
    counters: inventory.collection<Fields>('restock_counters'),
    orders: orderDb.collection<Fields>('orders'),
  };
  for (const db of [inventory, orderDb]) await db.collection<Fields>('schema').insertOne({ _id: 'schema' });
  return {
    ...collections,
    ...{ uri, inventoryDb: inventory.databaseName, orderDb: orderDb.databaseName },
    reset: async () => {
      await collections.movements.createIndexes([
        { key: { productId: 1, sequence: -1 }, unique: true, name: 'chain' },
        { key: { productId: 1, source: 1, kind: 1 }, unique: true, name: 'once' },
      ]);
      for (const [name, documents] of Object.entries(books())) {
        const collection = collections[name as keyof typeof collections];
        await collection.deleteMany({});
        await collection.insertMany(documents);
      }
      await collections.orders.createIndexes([{ key: { userId: 1, key: 1 }, unique: true, name: 'once' }]);
    },
    [Symbol.asyncDispose]: async () => {
      await inventory.dropDatabase();
      await orderDb.dropDatabase();
      await client.close();
    },
  };
}
