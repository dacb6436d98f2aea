import { startMongo } from '@tradewind/local/servers';
import { connectMongo } from '@tradewind/shared/mongo';
import { createLogger } from '@tradewind/shared/telemetry';
import { expect, test } from 'vitest';
import { bulkInserts, TakenError } from '../src/outbound/bulk-inserts.ts';

interface Row {
  readonly _id: string;
  readonly text: string;
}

test('what the driver sends in parts has no outcome where a part was lost', async () => {
  await using server = await startMongo({ parameters: { enableTestCommands: '1' } });
  await using mongo = await connectMongo(server.uri, 'large_batch', createLogger('order', 'silent'));
  const rows = mongo.db.collection<Row>('rows');
  await rows.insertOne({ _id: 'taken', text: '' });
  const insert = bulkInserts(rows, 1);
  // The first part, a repeat and a large one, comes through; not the second one, of what no longer fits, nor its repeat.
  await mongo.client.db('admin').command({
    configureFailPoint: 'failCommand',
    mode: { skip: 1 },
    data: { failCommands: ['insert'], closeConnection: true },
  });
  const text = 'x'.repeat(9 * 1024 * 1024);
  const outcomes = await Promise.allSettled([
    insert({ _id: 'taken', text: '' }),
    insert({ _id: 'first', text }),
    insert({ _id: 'second', text }),
  ]);
  await mongo.client.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
  expect((await rows.distinct('_id')).sort()).toEqual(['first', 'taken']);
  const unknown = expect.objectContaining({ code: 'UNAVAILABLE' }) as unknown;
  expect(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as unknown) : 'stored')),
  ).toEqual([expect.any(TakenError), unknown, unknown]);
});
