import { isDuplicateKey } from '@tradewind/shared/mongo';
import { MongoBulkWriteError } from 'mongodb';
import type { PriceOrderDeps } from '../usecases/price-order.ts';
import type { Collections } from './collections.ts';

export type CatalogueStore = PriceOrderDeps['catalogue'];

export function catalogueStore({ catalogue }: Collections): CatalogueStore {
  return {
    async find(ids) {
      const found = await catalogue.find({ _id: { $in: [...ids] } }).toArray();
      return new Map(found.map(({ _id: id, ...product }) => [id, { id, ...product }]));
    },

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
