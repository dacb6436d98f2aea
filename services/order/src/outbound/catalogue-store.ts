import { isDuplicateKey } from '@tradewind/shared/mongo';
import { MongoBulkWriteError, type AnyBulkWriteOperation } from 'mongodb';
import type { PriceOrderDeps } from '../usecases/price-order.ts';
import type { CatalogueProduct } from '../domain/catalogue.ts';
import type { CatalogueDocument, Collections } from './collections.ts';
import { together } from '@tradewind/shared/batching';

type Upsert = AnyBulkWriteOperation<CatalogueDocument>;

export type CatalogueStore = PriceOrderDeps['catalogue'];

export function catalogueStore({ catalogue }: Collections): CatalogueStore {
  async function findAll(orders: readonly (readonly string[])[]) {
    const ids = [...new Set(orders.flat())];
    const found = await catalogue.find({ _id: { $in: ids } }, { batchSize: ids.length + 1 }).toArray();
    const products: ReadonlyMap<string, CatalogueProduct> = new Map(
      found.map(({ _id: id, ...product }) => [id, { id, ...product }]),
    );
    return orders.map(() => products);
  }

  const find = together(findAll, { maxWeight: 1_000, weigh: (ids: readonly string[]) => ids.length });

  /** @returns what met an id that is there: a version as new does not match, and its insertion then meets it */
  async function write(writes: readonly Upsert[]): Promise<readonly Upsert[]> {
    if (writes.length === 0) return [];
    try {
      await catalogue.bulkWrite(writes, { ordered: false });
      return [];
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) throw error;
      const { result, code: duplicate } = error;
      const met = result.getWriteErrors();
      if (result.getWriteConcernError() || met.some(({ code }) => code !== duplicate)) throw error;
      return writes.filter((_, index) => met.some((own) => own.index === index));
    }
  }

  return {
    find,

    async apply(products) {
      const known = await find(products.map(({ id }) => id));
      const newer = products.filter(({ id, version }) => version > (known.get(id)?.version ?? 0));
      const writes = newer.map(({ id, ...product }) => ({
        updateOne: {
          filter: { _id: id, version: { $lt: product.version } },
          update: { $set: product },
          upsert: true,
        },
      }));
      // Where there was none, another one's insertion may have been first, of an older version too: once more.
      await write(await write(writes));
    },
  };
}
