import type { Migration } from '@tradewind/shared/mongo';
import { owedIndex } from '@tradewind/shared/outbox';
import { adminGuard, type Guard } from './last-admin.ts';
import type { User } from './user.ts';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'users',
    up: async (db) => {
      await db.collection<User>('users').createIndexes([
        // Partial: users without the field must not collide.
        {
          key: { email: 1 },
          name: 'email',
          unique: true,
          partialFilterExpression: { email: { $exists: true } },
        },
        {
          key: { username: 1 },
          name: 'username',
          unique: true,
          partialFilterExpression: { username: { $exists: true } },
        },
        { key: { role: 1 }, name: 'admins', partialFilterExpression: { role: 'admin' } },
        owedIndex,
      ]);
      await db
        .collection<Guard>('guards')
        .updateOne({ _id: adminGuard }, { $setOnInsert: { changes: 0 } }, { upsert: true });
    },
  },
];
