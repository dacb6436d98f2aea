import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats, type NatsServer } from '@tradewind/local/servers';
import { Events } from 'nats';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectNats, eventPublisher, type Nats } from '../src/nats/index.ts';
import { log, patience } from './event-kit.ts';

const event = () =>
  ({ id: randomUUID(), type: 'user.created', data: { user_id: 'u' }, time: new Date() }) as const;

let open: AsyncDisposableStack;
let server: NatsServer;
let nats: Nats;
let admit: (user: string, permissions?: string) => Promise<void>;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'nats-users-'));
  open.defer(() => rm(dir, { recursive: true }));
  const file = join(dir, 'nats.conf');
  admit = (user, permissions = '{}') =>
    writeFile(
      file,
      `authorization { users = [{ user: ${user}, password: p, permissions: ${permissions} }] }`,
    );
  await admit('shop');
  server = open.use(await startNats({ args: ['--config', file] }));
  nats = open.use(await connectNats(server.url, 'test', log, { user: 'shop', password: 'p' }));
});

afterEach(() => open.disposeAsync());

/** The connection is made again. */
const connected = () =>
  expect
    .poll(
      () =>
        nats.connection.flush().then(
          () => true,
          () => false,
        ),
      patience,
    )
    .toBe(true);

test('who may not hear the answers is told so, and goes on when that is mended', async () => {
  await eventPublisher(nats, 'test').publish(event());
  const publisher = eventPublisher(nats, 'test');
  await admit('shop', '{ subscribe: "nothing" }');
  await server.restart();
  await connected();
  await expect(publisher.publish(event())).rejects.toMatchObject({ code: 'PERMISSIONS_VIOLATION' });
  await admit('shop');
  await server.restart();
  await connected();
  await expect(publisher.publish(event())).resolves.toMatchObject({ stream: 'USERS' });
});

test('a server that does not know its users at first is tried until it does', async () => {
  let refusals = 0;
  void (async () => {
    for await (const { type } of nats.connection.status()) if (type === Events.Error) refusals += 1;
  })();
  await admit('somebody');
  await server.restart();
  await expect.poll(() => refusals, patience).toBeGreaterThan(2);
  await admit('shop');
  await server.restart();
  await expect(eventPublisher(nats, 'test').publish(event())).resolves.toMatchObject({ stream: 'USERS' });
});
