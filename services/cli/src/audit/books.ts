import { MongoClient, MongoServerError, type ClientSession, type Collection, type Db } from 'mongodb';
import { invalid } from '@tradewind/shared/errors';
import type { CounterRecord, DecisionRecord, OrderRecord, ProductRecord, RowRecord } from './documents.ts';

export interface BooksOptions {
  readonly uri: string;
  readonly inventoryDb: string;
  readonly orderDb: string;
}

/** The databases of inventory and order, opened to be read. */
export interface Books extends AsyncDisposable {
  readonly products: Collection<ProductRecord>;
  readonly movements: Collection<RowRecord>;
  readonly decisions: Collection<DecisionRecord>;
  readonly counters: Collection<CounterRecord>;
  readonly orders: Collection<OrderRecord>;
  /** Reads of one database at one point in time. Keep it short: a server forgets its past after minutes. */
  readonly snapshot: <T>(read: (session: ClientSession) => Promise<T>) => Promise<T>;
  /** The database's clock. */
  readonly now: () => Promise<Date>;
}

/** @throws TradewindError INVALID_ARGUMENT for a URI that is none, or a database that no Tradewind service made */
export async function openBooks({ uri, inventoryDb, orderDb }: BooksOptions): Promise<Books> {
  await using stack = new AsyncDisposableStack();
  const client = stack.use(clientOf(uri));
  await client.connect();
  const inventory = client.db(inventoryDb);
  const order = client.db(orderDb);
  await requireSchema(inventory);
  await requireSchema(order);
  const open = stack.move();
  return {
    products: inventory.collection('products'),
    movements: inventory.collection('movements'),
    decisions: inventory.collection('decisions'),
    counters: inventory.collection('restock_counters'),
    orders: order.collection('orders'),
    snapshot: (read) => inSnapshot(client, read),
    now: async () => (await order.admin().command({ hello: 1 }))['localTime'] as Date,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Without a read concern of its own, which would take the place of the snapshot. */
function clientOf(uri: string): MongoClient {
  try {
    return new MongoClient(uri, { appName: 'tradewind-audit', serverSelectionTimeoutMS: 3_000 });
  } catch (error) {
    throw invalid('mongo', error instanceof Error ? error.message : String(error));
  }
}

/** An audit of an empty database would find nothing wrong. */
async function requireSchema(db: Db): Promise<void> {
  const schema = await db.collection<{ readonly _id: string }>('schema').findOne({ _id: 'schema' });
  if (!schema) throw invalid('database', `${db.databaseName} is not a database of Tradewind`);
}

async function inSnapshot<T>(client: MongoClient, read: (session: ClientSession) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    await using session = client.startSession({ snapshot: true });
    try {
      return await read(session);
    } catch (error) {
      const lost = error instanceof MongoServerError && lostSnapshots.has(Number(error.code));
      if (!lost || attempt === 5) throw error;
    }
  }
}

/** SnapshotTooOld, SnapshotUnavailable. */
const lostSnapshots = new Set([239, 246]);
