import { randomUUID } from 'node:crypto';
import { freePort, startNats, type NatsServer } from '@tradewind/local/servers';
import { expect, test } from 'vitest';
import { connectNats, ensureStream, eventPublisher, openNats } from '../src/nats/index.ts';
import { log, patience } from './event-kit.ts';

const event = () =>
  ({ id: randomUUID(), type: 'user.created', data: { user_id: 'u' }, time: new Date() }) as const;

test('a server that asks for a password lets those in who have it', async () => {
  await using server = await startNats({ args: ['--user', 'tradewind', '--pass', 'pa:ss@word'] });
  await using stranger = await openNats(server.url, 'stranger', log);
  await expect(stranger.admin()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const credentials = { user: 'tradewind', password: 'pa:ss@word' };
  await using nats = await connectNats(server.url, 'test', log, credentials);
  expect((await eventPublisher(nats, 'test').publish(event())).duplicate).toBe(false);
});

/** Three nodes, in the order of their names. */
async function startCluster(stack: AsyncDisposableStack): Promise<readonly NatsServer[]> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
  return await Promise.all(
    routes.map(async (route, index) => {
      const identity = ['--server_name', `node-${index}`, '--cluster_name', 'test', '--cluster', route];
      return stack.use(await startNats({ args: [...identity, '--routes', routes.join(',')] }));
    }),
  );
}

test('streams that three nodes keep take events while one is away, and a single one is spread later', async () => {
  await using stack = new AsyncDisposableStack();
  const nodes = await startCluster(stack);
  const url = nodes.map((node) => node.url).join(',');
  const nats = stack.use(await connectNats(url, 'test', log, { streamReplicas: 3 }));
  // The nodes elect a leader first.
  await expect.poll(async () => await ensureStream(await nats.admin(), 'ORDERS'), patience).toBeTruthy();
  const replicas = async (stream: string) =>
    (await (await nats.admin()).streams.info(stream)).config.num_replicas;
  expect(await replicas('ORDERS')).toBe(1);
  await ensureStream(await nats.admin(), 'ORDERS', 3);
  expect(await replicas('ORDERS')).toBe(3);
  await ensureStream(await nats.admin(), 'ORDERS');
  expect(await replicas('ORDERS')).toBe(3);

  const publisher = eventPublisher(nats, 'test');
  await publisher.publish(event());
  expect(await replicas('USERS')).toBe(3);
  await nodes[2]?.kill('SIGKILL');
  const published = async () => (await publisher.publish(event())).seq;
  await expect.poll(published, patience).toBeGreaterThan(1);
});
