import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient, type Collection, type Db } from 'mongodb';
import { connect, headers, nanos, StorageType, type NatsConnection } from 'nats';

export interface BatchedWrites extends AsyncDisposable {
  /** Orders per second whose writes were all durable. */
  run: (seconds: number, signal: AbortSignal) => Promise<number>;
}

interface Row {
  readonly _id: string;
}

const batchSize = 100;
const batchesAtOnce = 4;
const leadInMs = 500;

/**
 * What the platform writes for an order, with nothing around it, in the best batches: the order, the event that asks for a
 * decision, the decision with its ledger row and stock in a transaction, its event, CONFIRMED with the event that tells
 * it, and the end of what the order owes. In a database and a stream of its own on the same servers.
 */
export async function batchedWrites(
  mongoUri: string,
  natsUrl: string,
  productCount: number,
): Promise<BatchedWrites> {
  await using stack = new AsyncDisposableStack();
  const client = stack.adopt(new MongoClient(mongoUri, { w: 'majority', journal: true }), (one) =>
    one.close(),
  );
  const nats = stack.adopt(await connect({ servers: natsUrl }), (one) => one.close());
  const db = client.db('bench_batched');
  const products = Array.from({ length: productCount }, () => randomUUID());
  await prepare(db, nats, products);
  const write = writer(client, db, nats);
  const resources = stack.move();
  return {
    async run(seconds, signal) {
      let done = 0;
      let ended = false;
      let turn = 0;
      const work = async () => {
        while (!ended && !signal.aborted) {
          const lines = Array.from({ length: batchSize }, () => products[turn++ % products.length] ?? '');
          await write(lines);
          done += batchSize;
        }
      };
      const working = Promise.all(Array.from({ length: batchesAtOnce }, work));
      await Promise.race([working, delay(leadInMs, undefined, { signal })]);
      const doneBefore = done;
      const began = performance.now();
      await Promise.race([working, delay(seconds * 1000, undefined, { signal })]);
      const rate = ((done - doneBefore) / (performance.now() - began)) * 1000;
      ended = true;
      await working;
      return rate;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function prepare(db: Db, nats: NatsConnection, products: readonly string[]): Promise<void> {
  await db.dropDatabase();
  await db
    .collection('orders')
    .createIndexes([
      { key: { userId: 1, key: 1 }, unique: true },
      { key: { userId: 1, _id: -1 } },
      { key: { userId: 1, status: 1, _id: -1 } },
      { key: { owedAt: 1 }, sparse: true },
    ]);
  await db.collection('movements').createIndexes([
    { key: { productId: 1, sequence: -1 }, unique: true },
    { key: { productId: 1, source: 1, kind: 1 }, unique: true },
  ]);
  await db.createCollection('decisions');
  await db
    .collection<Row>('products')
    .insertMany(products.map((_id) => ({ _id, sku: _id, onHand: 1_000_000_000, sequence: 0 })));
  const admin = await nats.jetstreamManager();
  await admin.streams.add({
    name: 'BENCH',
    subjects: ['bench.>'],
    storage: StorageType.File,
    max_age: nanos(3_600_000),
  });
}

function writer(
  client: MongoClient,
  db: Db,
  nats: NatsConnection,
): (lines: readonly string[]) => Promise<void> {
  const orders = db.collection<Row>('orders');
  const jetStream = nats.jetstream();
  let transactions: Promise<unknown> = Promise.resolve();

  async function publish(kind: 'created' | 'reserved' | 'confirmed', ids: readonly string[]): Promise<void> {
    await Promise.all(
      ids.map((id) => {
        const attributes = headers();
        attributes.set('ce-id', id);
        attributes.set('ce-type', `dev.tradewind.${kind}.v1`);
        const body = JSON.stringify({ order_id: id, items: [{ product_id: id, quantity: 1 }] });
        return jetStream.publish(`bench.${kind}`, body, { headers: attributes, msgID: `${kind}/${id}` });
      }),
    );
  }

  return async (lines) => {
    const documents = lines.map((productId) => orderDocument(productId));
    const ids = documents.map(({ _id }) => _id);
    await orders.insertMany(documents, { ordered: false });
    await publish('created', ids);
    // One at a time: two that touch the same product would abort each other.
    const decided = transactions.then(() => decide(client, db, documents));
    transactions = decided.catch(() => undefined);
    await decided;
    await publish('reserved', ids);
    await confirm(orders, ids);
    await publish('confirmed', ids);
    await orders.updateMany({ _id: { $in: ids } }, { $set: { owed: [] }, $unset: { owedAt: '' } });
  };
}

type OrderDocument = ReturnType<typeof orderDocument>;

function orderDocument(productId: string) {
  const id = randomUUID();
  const at = new Date();
  return {
    _id: id,
    key: id,
    userId: productId,
    fingerprint: id,
    status: 'PENDING',
    items: [
      { productId, quantity: 1, sku: productId, name: 'A product', unitPrice: 1999, productVersion: 1 },
    ],
    total: { currency: 'EUR', amount: 1999 },
    note: '',
    shortages: [],
    actions: [{ action: 'PLACED', at, actor: productId, detail: '' }],
    owed: [
      { id, type: 'order.created', data: { order_id: id, items: [{ productId, quantity: 1 }] }, time: at },
    ],
    owedAt: at,
    createdAt: at,
    updatedAt: at,
  };
}

async function decide(client: MongoClient, db: Db, documents: readonly OrderDocument[]): Promise<void> {
  await client.withSession((session) =>
    session.withTransaction(async () => {
      const at = new Date();
      await db.collection<Row>('decisions').insertMany(
        documents.map(({ _id, items }) => ({ _id, state: 'RESERVED', lines: items, shortages: [], at })),
        { session },
      );
      await db.collection<Row>('movements').insertMany(
        documents.map(({ _id, userId: productId }) => ({
          ...{ _id, productId, sequence: nextSequence(), kind: 'ORDER', source: _id },
          ...{ quantity: -1, balance: 1, reason: '', at },
        })),
        { session },
      );
      const units = Map.groupBy(documents, ({ userId }) => userId);
      await db.collection<Row>('products').bulkWrite(
        [...units].map(([_id, { length }]) => ({
          updateOne: {
            filter: { _id, onHand: { $gte: length } },
            update: { $inc: { onHand: -length, sequence: length } },
          },
        })),
        { session, ordered: true },
      );
    }),
  );
}

let lastSequence = 0;
const nextSequence = () => (lastSequence += 1);

async function confirm(orders: Collection<Row>, ids: readonly string[]): Promise<void> {
  const at = new Date();
  const action = { action: 'CONFIRMED', at, actor: 'inventory', detail: '' };
  const event = { id: randomUUID(), type: 'order.confirmed', data: { order_id: ids[0] }, time: at };
  await orders.updateMany({ _id: { $in: [...ids] }, status: 'PENDING' }, [
    {
      $set: {
        status: 'CONFIRMED',
        updatedAt: at,
        actions: { $concatArrays: ['$actions', { $literal: [action] }] },
        owed: { $literal: [event] },
        owedAt: at,
      },
    },
  ]);
}
