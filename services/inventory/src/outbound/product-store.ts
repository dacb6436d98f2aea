import type { Document, Filter, MongoClient } from 'mongodb';
import { invalid, TradewindError } from '@tradewind/shared/errors';
import { decodePageToken, encodePageToken, maxPageMs, transact } from '@tradewind/shared/mongo';
import type { Product, ProductDetails } from '../domain/product.ts';
import type { Level, Movement } from '../domain/stock.ts';
import { movementId, toProduct, type Collections, type ProductDocument } from './collections.ts';
import { readLevels } from './levels.ts';
import type { Readers } from './readers.ts';

export type ProductSort = 'newest' | 'price' | '-price' | 'name' | 'best match';

export interface ProductQuery {
  readonly words: string;
  readonly category: string;
  readonly minPrice: number | undefined;
  readonly maxPrice: number | undefined;
  readonly inStockOnly: boolean;
  readonly sort: ProductSort;
  readonly size: number;
  readonly pageToken: string;
  readonly offset: number;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export interface ProductStore {
  /** With its first movement, if it has stock. @throws TradewindError ALREADY_EXISTS when the sku is taken */
  insert: (product: Product, initial: Movement | undefined) => Promise<void>;
  find: (id: string) => Promise<Product | undefined>;
  findMany: (ids: readonly string[], skus: readonly string[]) => Promise<Product[]>;
  /** Those of the products that are there. */
  levels: (ids: readonly string[]) => Promise<ReadonlyMap<string, Level>>;
  list: (query: ProductQuery) => Promise<Page<Product>>;
  /** Changes a product that still has this version. @returns undefined when it has another one */
  update: (
    id: string,
    version: number,
    change: Partial<ProductDetails> & { readonly archived?: boolean },
    at: Date,
  ) => Promise<Product | undefined>;
  movements: (productId: string, size: number, pageToken: string) => Promise<Page<Movement>>;
}

export function productStore(
  client: MongoClient,
  { products, movements }: Collections,
  { sweepAt }: Pick<Readers, 'sweepAt'>,
): ProductStore {
  return {
    async insert(product, initial) {
      const { id, ...fields } = product;
      const document: ProductDocument = { _id: id, ...fields, tellAt: sweepAt() };
      await transact(client, async (session) => {
        // Looked up inside, since a duplicate key would only run the transaction again.
        if (await products.findOne({ sku: product.sku }, { session, projection: { _id: 1 } })) {
          throw new TradewindError(
            'ALREADY_EXISTS',
            `the sku ${product.sku} is taken, if only by a deleted product`,
            {
              fields: [{ field: 'sku', message: 'is taken' }],
            },
          );
        }
        await products.insertOne(document, { session });
        if (initial) await movements.insertOne({ _id: movementId(initial), ...initial }, { session });
      });
    },

    async find(id) {
      const document = await products.findOne({ _id: id });
      return document ? toProduct(document) : undefined;
    },

    async findMany(ids, skus) {
      const filter: Filter<ProductDocument> = {
        $or: [{ _id: { $in: [...ids] } }, { sku: { $in: [...skus] } }],
      };
      return (await products.find(filter).toArray()).map(toProduct);
    },

    levels: (ids) => readLevels(products, ids),

    async list(query) {
      const order = orders[query.sort];
      checkOffset(query);
      const position = query.pageToken === '' ? undefined : order.parse(query.pageToken);
      const skip = position?.skip ?? query.offset;
      const found = await products
        .find({ $and: [filterOf(query), position?.after ?? {}] })
        .sort(order.sort)
        .skip(skip)
        .limit(query.size + 1)
        .maxTimeMS(maxPageMs)
        .toArray();
      const rows = found.slice(0, query.size);
      const last = found.length > query.size ? rows.at(-1) : undefined;
      return { rows: rows.map(toProduct), nextPageToken: last ? order.token(last, skip + rows.length) : '' };
    },

    async update(id, version, change, at) {
      const document = await products.findOneAndUpdate(
        { _id: id, version },
        {
          $set: { ...change, updatedAt: at },
          $min: { tellAt: sweepAt() },
          $inc: { version: 1 },
        },
        { returnDocument: 'after' },
      );
      return document ? toProduct(document) : undefined;
    },

    async movements(productId, size, pageToken) {
      const before = pageToken === '' ? Infinity : decodePageToken(pageToken, ['number'])[0];
      const found = await movements
        .find({ productId, sequence: { $lt: before } })
        .sort({ sequence: -1 })
        .limit(size + 1)
        .maxTimeMS(maxPageMs)
        .toArray();
      const rows = found.slice(0, size);
      const last = found.length > size ? rows.at(-1) : undefined;
      return { rows, nextPageToken: last ? encodePageToken([last.sequence]) : '' };
    },
  };
}

const maxSkip = 10_000;

function checkOffset({ offset, pageToken }: ProductQuery): void {
  if (offset < 0 || offset > maxSkip) throw invalid('offset', `must be 0 to ${maxSkip}; use the page token`);
  if (offset > 0 && pageToken !== '') throw invalid('offset', 'does not go with a page token');
}

function filterOf(query: ProductQuery): Filter<ProductDocument> {
  const price = {
    ...(query.minPrice === undefined ? {} : { $gte: query.minPrice }),
    ...(query.maxPrice === undefined ? {} : { $lte: query.maxPrice }),
  };
  return {
    archived: false,
    ...(query.words === '' ? {} : { $text: { $search: query.words } }),
    ...(query.category === '' ? {} : { category: query.category }),
    ...(Object.keys(price).length === 0 ? {} : { 'price.amount': price }),
    ...(query.inStockOnly ? { onHand: { $gt: 0 } } : {}),
  };
}

/** A sort with its page token: the last row's position, or for text scores, which have no index, how many to skip. */
interface Order {
  readonly sort: Document;
  readonly token: (last: ProductDocument, skip: number) => string;
  readonly parse: (token: string) => { readonly after?: Filter<ProductDocument>; readonly skip?: number };
}

const byPrice = (direction: 1 | -1): Order => ({
  sort: { 'price.amount': direction, _id: direction },
  token: ({ price, _id }) => encodePageToken([price.amount, _id]),
  parse: (token) => {
    const [amount, id] = decodePageToken(token, ['number', 'string']);
    const beyond = direction === 1 ? '$gt' : '$lt';
    return {
      after: {
        $or: [{ 'price.amount': { [beyond]: amount } }, { 'price.amount': amount, _id: { [beyond]: id } }],
      },
    };
  },
});

const orders: Readonly<Record<ProductSort, Order>> = {
  newest: {
    sort: { _id: -1 },
    token: ({ _id }) => encodePageToken([_id]),
    parse: (token) => ({ after: { _id: { $lt: decodePageToken(token, ['string'])[0] } } }),
  },
  price: byPrice(1),
  '-price': byPrice(-1),
  name: {
    sort: { name: 1, _id: 1 },
    token: ({ name, _id }) => encodePageToken([name, _id]),
    parse: (token) => {
      const [name, id] = decodePageToken(token, ['string', 'string']);
      return { after: { $or: [{ name: { $gt: name } }, { name, _id: { $gt: id } }] } };
    },
  },
  'best match': {
    sort: { score: { $meta: 'textScore' }, _id: -1 },
    token: (_, skip) => (skip > maxSkip ? '' : encodePageToken([skip])),
    parse: (token) => {
      const [skip] = decodePageToken(token, ['number']);
      if (Number.isInteger(skip) && skip >= 0 && skip <= maxSkip) return { skip };
      throw invalid('page_token', 'is not one that a page gave');
    },
  },
};
