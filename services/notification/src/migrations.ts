import type { Migration } from '@tradewind/shared/mongo';
import { deliveriesCollection } from './deliveries.ts';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'forget deliveries in time',
    up: async (db) => {
      await db
        .collection(deliveriesCollection)
        .createIndexes([{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }]);
    },
  },
];
