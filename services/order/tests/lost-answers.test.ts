import { expect, test } from 'vitest';
import { startMongo } from '@tradewind/local/servers';
import { newId } from '@tradewind/shared/ids';
import { connectMongo, migrate } from '@tradewind/shared/mongo';
import { owe } from '@tradewind/shared/outbox';
import { createLogger } from '@tradewind/shared/telemetry';
import type { Order } from '../src/domain/order.ts';
import { collections, migrations } from '../src/outbound/collections.ts';
import { orderStore } from '../src/outbound/order-store.ts';
import { settleOrders, type StockAnswer } from '../src/usecases/settle-orders.ts';

const log = createLogger('order', 'silent');

test('an order whose change was written, but not answered, is announced when its decision comes again', async () => {
  await using server = await startMongo({ parameters: { enableTestCommands: '1' } });
  await using mongo = await connectMongo(server.uri, 'lost_answers', log);
  await migrate(mongo.db, migrations, log);
  const published: string[] = [];
  const orders = orderStore(collections(mongo.db), {
    sweepAt: () => new Date(Date.now() + 30_000),
    publish: (debts) => {
      published.push(...debts.flatMap(({ events }) => events.map(({ type }) => type)));
      return Promise.resolve();
    },
  });
  const settle = settleOrders({
    orders,
    now: () => new Date(),
    alert: (answer) => expect.fail(`${answer.kind} is an alert`),
    count: () => undefined,
  });
  const [confirmed, rejected] = [newId(), newId()];
  const at = new Date();
  for (const id of [confirmed, rejected]) {
    const order: Order = {
      ...{ id, userId: 'ada', status: 'PENDING', items: [], total: { currency: 'EUR', amount: 0 }, note: '' },
      ...{ shortages: [], actions: [], createdAt: at, updatedAt: at },
    };
    const created = owe('order.created', { orderId: id, items: [], userId: 'ada' }, 'effect');
    const { signal } = new AbortController();
    await orders.insertOnce({ key: id, fingerprint: 'f', order, owed: [created], signal });
  }
  published.length = 0;
  const answers: StockAnswer[] = [
    { kind: 'reserved', orderId: confirmed },
    { kind: 'rejected', orderId: rejected, shortages: [], reason: '' },
  ];
  await mongo.client.db('admin').command({
    configureFailPoint: 'failCommand',
    mode: { times: 1 },
    data: { failCommands: ['update'], writeConcernError: { code: 91, errmsg: 'shutting down' } },
  });
  await expect(settle(answers)).rejects.toThrow('shutting down');
  expect(published).toEqual([]);
  await settle(answers);
  expect(published.sort()).toEqual(['order.cancelled', 'order.confirmed']);
});
