import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { namesOf, startEventKit } from './event-kit.ts';

const publishing = `
  import { connect } from 'nats';
  const connection = await connect({ servers: process.argv[1] });
  const header = (await import('nats')).headers();
  header.set('ce-id', 'id');
  header.set('ce-type', 'dev.tradewind.user.created.v1');
  header.set('ce-time', new Date().toISOString());
  await connection.jetstream().publish('user.created', '{"user_id":"meanwhile"}', { headers: header });
  await connection.close();`;

/** Another process publishes an event while this one stands still, for so long that the pull under way ends as well. */
function standStill(url: string): void {
  execFileSync(process.execPath, ['--input-type=module', '-e', publishing, url], {
    cwd: import.meta.dirname,
  });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6_000);
}

test('an event that comes while the process stands still is handled at once, not after its ack wait', async () => {
  await using kit = await startEventKit();
  const pulled = Promise.withResolvers<undefined>();
  kit.nats.connection.subscribe('$JS.API.CONSUMER.MSG.NEXT.>', {
    callback: () => {
      pulled.resolve(undefined);
    },
  });
  const handled = Promise.withResolvers<readonly (readonly [string, number])[]>();
  await using consumer = kit.consume(
    (events) => {
      handled.resolve(namesOf(events).map((name, index) => [name, events[index]?.deliveries ?? 0]));
      return Promise.resolve();
    },
    { ackWaitMs: 60_000 },
  );
  expect(consumer).toBeDefined();
  await pulled.promise;
  standStill(kit.server.url);
  expect(await handled.promise).toEqual([['meanwhile', 1]]);
});
