import type { Collection, Db } from 'mongodb';
import type { Migration } from '@tradewind/shared/mongo';
import type { Decision } from '../domain/decision.ts';
import type { Product } from '../domain/product.ts';
import type { RestockCounter } from '../domain/restock.ts';
import type { Movement } from '../domain/stock.ts';

export interface ProductDocument extends Omit<Product, 'id'> {
  readonly _id: string;
  /**
   * When the sweeper makes sure that readers know of the last change; the first change after it has done so sets it. Nobody
   * else writes it after a commit, since that conflicts with the next transaction on the product.
   */
  readonly tellAt?: Date;
  /** Raised by each transaction on the product before it reads, so that it holds it. */
  readonly locks?: number;
  /** A transaction that may lock this product before all others, until then. */
  readonly claim?: { readonly by: string; readonly until: Date };
}

/** `_id` is product and sequence, so that the chain has no place for two. */
export type MovementDocument = Movement & { readonly _id: string };

export const movementId = ({ productId, sequence }: Movement): string => `${productId}:${sequence}`;

export type DecisionDocument = Omit<Decision, 'orderId'> & { readonly _id: string; readonly at: Date };

/** What an idempotency key stands for, for ever: imports repeat after years. */
export interface KeyDocument {
  /** Product and key of an adjustment; caller and key of a decrease, and of what earlier releases adjusted. */
  readonly _id: string;
  readonly fingerprint: string;
  readonly movementIds: readonly string[];
  /** On hand of the product, or of the first one, after it. */
  readonly onHand: number;
  readonly at: Date;
}

/** For ever, like the keys: a source that comes back restocks nothing again. */
export type CounterDocument = Omit<RestockCounter, 'source'> & { readonly _id: string };

export interface Collections {
  readonly products: Collection<ProductDocument>;
  readonly movements: Collection<MovementDocument>;
  readonly decisions: Collection<DecisionDocument>;
  readonly keys: Collection<KeyDocument>;
  readonly counters: Collection<CounterDocument>;
}

export const collections = (db: Db): Collections => ({
  products: db.collection('products'),
  movements: db.collection('movements'),
  decisions: db.collection('decisions'),
  keys: db.collection('stock_keys'),
  counters: db.collection('restock_counters'),
});

/** Sparse, so that only products to tell of are in it. MongoDB uses it for an expression only where a query names it. */
export const toTellIndex = { key: { tellAt: 1 }, sparse: true, name: 'to_tell' } as const;

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'catalogue, ledger and decisions',
    up: async (db) => {
      await db.collection('products').createIndexes([
        { key: { sku: 1 }, unique: true, name: 'sku' },
        { key: { archived: 1, _id: -1 }, name: 'newest' },
        { key: { archived: 1, category: 1, _id: -1 }, name: 'category' },
        { key: { archived: 1, 'price.amount': 1, _id: 1 }, name: 'price' },
        { key: { archived: 1, category: 1, 'price.amount': 1, _id: 1 }, name: 'category_price' },
        { key: { archived: 1, name: 1, _id: 1 }, name: 'name' },
        { key: { archived: 1, category: 1, name: 1, _id: 1 }, name: 'category_name' },
        {
          key: { archived: 1, name: 'text', sku: 'text', category: 'text', description: 'text' },
          weights: { name: 10, sku: 10, category: 5, description: 1 },
          default_language: 'none',
          name: 'words',
        },
        toTellIndex,
      ]);
      await db.collection('movements').createIndexes([
        { key: { productId: 1, sequence: -1 }, unique: true, name: 'chain' },
        { key: { productId: 1, source: 1, kind: 1 }, unique: true, name: 'once' },
      ]);
      await createCollections(db, 'decisions', 'stock_keys');
    },
  },
  {
    version: 2,
    name: 'restocks',
    up: (db) => createCollections(db, 'restock_counters'),
  },
];

/** Collections cannot be created inside a transaction that runs beside another one. */
async function createCollections(db: Db, ...names: readonly string[]): Promise<void> {
  const present = new Set(
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name),
  );
  for (const name of names) if (!present.has(name)) await db.createCollection(name);
}

export function toProduct(document: ProductDocument): Product {
  const { sku, name, description, category, price, attributes, ownerId } = document;
  const { archived, version, onHand, sequence, createdAt, updatedAt } = document;
  return {
    id: document._id,
    ...{ sku, name, description, category, price, attributes, ownerId },
    ...{ archived, version, onHand, sequence, createdAt, updatedAt },
  };
}
