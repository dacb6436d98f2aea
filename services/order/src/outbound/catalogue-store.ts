import { isDuplicateKey } from '@tradewind/shared/mongo';
import { MongoBulkWriteError } from 'mongodb';
import type { PriceOrderDeps } from '../usecases/price-order.ts';
import type { CatalogueProduct } from '../domain/catalogue.ts';
import type { Collections } from './collections.ts';
import { together } from '@tradewind/shared/batching';

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

  return {
    find: together(findAll, { maxWeight: 1_000, weigh: (ids) => ids.length }),

    async apply(products) {
      if (products.length === 0) return;
      const writes = products.map(({ id, ...product }) => ({
        updateOne: {
          filter: { _id: id, version: { $lt: product.version } },
          update: { $set: product },
          upsert: true,
        },
      }));
      try {
        await catalogue.bulkWrite(writes, { ordered: false });
      } catch (error) {
        // A version that is there already does not match, and its insertion then meets the same id.
        if (!(error instanceof MongoBulkWriteError) || !isDuplicateKey(error)) throw error;
        const { result, code: duplicate } = error;
        const isAllThere = result.getWriteErrors().every(({ code }) => code === duplicate);
        if (!isAllThere || result.getWriteConcernError()) throw error;
      }
    },
  };
}
