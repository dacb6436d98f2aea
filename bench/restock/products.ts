import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';

/** The catalogue of the benchmark. */
export interface Products extends AsyncDisposable {
  readonly skus: readonly string[];
  /** Units of all products together. */
  readonly unitsOnHand: () => Promise<number>;
}

interface Document {
  readonly _id: string;
}

/** Enough for every threshold. */
export const initialStock = 1_000;

/** Writes products with their first movement, as inventory does, but all at once. */
export async function createProducts(
  mongoUri: string,
  database: string,
  productCount: number,
): Promise<Products> {
  await using stack = new AsyncDisposableStack();
  const client = stack.adopt(new MongoClient(mongoUri), (one) => one.close());
  const db = client.db(database);
  const at = new Date();
  const skus = Array.from({ length: productCount }, (_, index) => `BENCH-${index}`);
  const products = skus.map((sku) => ({
    ...{ _id: randomUUID(), sku, name: `Product ${sku}`, description: '', category: 'bench' },
    ...{ price: { currency: 'EUR', amount: 1999 }, attributes: {}, ownerId: 'bench', archived: false },
    ...{ version: 1, onHand: initialStock, sequence: 1, createdAt: at, updatedAt: at },
  }));
  const movements = products.map(({ _id: productId, sequence, onHand }) => ({
    ...{ _id: `${productId}:${sequence}`, productId, sequence, kind: 'INITIAL', source: productId },
    ...{ quantity: onHand, balance: onHand, reason: '', at },
  }));
  await db.collection<Document>('products').insertMany(products);
  await db.collection<Document>('movements').insertMany(movements);
  const open = stack.move();
  return {
    skus,
    async unitsOnHand() {
      const sums = db
        .collection('products')
        .aggregate<{ units: number }>([{ $group: { _id: null, units: { $sum: '$onHand' } } }]);
      return (await sums.next())?.units ?? NaN;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
