import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { expect, inject, test } from 'vitest';
import { startNats } from '@tradewind/local/servers';
import { connectNats, consumeEvents, eventPublisher } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { eventually } from '../../kit/eventually.ts';
import { answersTo, mongoProtocol, requests } from './proxy-mongo.ts';
import { acknowledges, natsProtocol, publishes } from './proxy-nats.ts';
import { startProxy } from './proxy.ts';

const mongoPort = () => Number(/:(\d+)\//.exec(inject('mongoUri'))?.[1]);

/** Two clients of a database of its own: one through a proxy, one past it. */
async function twoWays(stack: AsyncDisposableStack) {
  const proxy = stack.use(await startProxy(mongoPort(), mongoProtocol));
  const [proxied, direct] = [
    `mongodb://127.0.0.1:${proxy.port}/?directConnection=true&retryWrites=false`,
    inject('mongoUri'),
  ].map((uri) => new MongoClient(uri));
  if (!proxied || !direct) throw new Error('unreachable');
  const name = `proxy_${randomUUID()}`;
  stack.defer(() => proxied.close());
  stack.defer(() => direct.close());
  stack.defer(async () => {
    await direct.db(name).dropDatabase();
  });
  return {
    proxy,
    proxied: proxied.db(name).collection('things'),
    direct: direct.db(name).collection('things'),
  };
}

test('a request that is held has not reached MongoDB, and does once it is released', async () => {
  await using stack = new AsyncDisposableStack();
  const { proxy, proxied, direct } = await twoWays(stack);
  const held = proxy.hold(requests('insert', 'things'));
  const inserted = proxied.insertOne({ size: 'x'.repeat(200_000) });
  expect(await held.reached).toMatchObject({ name: 'insert', on: 'things', way: 'request' });
  expect(await direct.countDocuments()).toBe(0);
  held.release();
  await inserted;
  expect(await direct.countDocuments()).toBe(1);
});

test('an answer that is held tells of what MongoDB has done', async () => {
  await using stack = new AsyncDisposableStack();
  const { proxy, proxied, direct } = await twoWays(stack);
  const held = proxy.hold(answersTo('insert', 'things'));
  const inserted = proxied.insertOne({});
  await held.reached;
  expect(await direct.countDocuments()).toBe(1);
  held.release();
  await inserted;
});

test('what is dropped never arrives', async () => {
  await using stack = new AsyncDisposableStack();
  const { proxy, proxied, direct } = await twoWays(stack);
  const held = proxy.hold(requests('insert', 'things'));
  const inserted = proxied.insertOne({});
  const outcome = expect(inserted).rejects.toThrow('closed');
  await held.reached;
  held.drop();
  await outcome;
  expect(await direct.countDocuments()).toBe(0);
});

test('a cut ends every connection, and the next one is taken', async () => {
  await using stack = new AsyncDisposableStack();
  const { proxy, proxied } = await twoWays(stack);
  const held = proxy.hold(answersTo('insert', 'things'));
  const unanswered = expect(proxied.insertOne({})).rejects.toThrow(/closed|ECONNRESET/);
  await held.reached;
  proxy.cut();
  await unanswered;
  expect(await eventually(() => proxied.countDocuments())).toBe(1);
});

test('publications and acknowledgements are held on their way to NATS', async () => {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startNats());
  const proxy = stack.use(await startProxy(server.port, natsProtocol));
  const log = createLogger('test', 'silent');
  const proxied = stack.use(await connectNats(`nats://127.0.0.1:${proxy.port}`, 'proxied', log));
  const direct = stack.use(await connectNats(server.url, 'direct', log));
  const admin = await direct.admin();
  const acknowledgement = proxy.hold(acknowledges('ORDERS', 'reader'));
  const handle = () => Promise.resolve();
  stack.use(consumeEvents(proxied, { durable: 'reader', types: ['order.created'], handle, log }));
  const reader = await eventually(() => admin.consumers.info('ORDERS', 'reader'));
  expect(reader.delivered.stream_seq).toBe(0);

  const publication = proxy.hold(publishes('order.created'));
  const event = { id: 'one', type: 'order.created', data: { text: 'PUB x 0' }, time: new Date() } as const;
  const published = eventPublisher(proxied, 'test').publish(event);
  expect((await publication.reached).payload).toMatch(/Nats-Msg-Id: one\r\n.*PUB x 0/s);
  expect((await admin.streams.info('ORDERS')).state.messages).toBe(0);
  publication.release();
  await published;

  await acknowledgement.reached;
  expect((await admin.consumers.info('ORDERS', 'reader')).num_ack_pending).toBe(1);
  acknowledgement.release();
  await eventually(async () => (await admin.consumers.info('ORDERS', 'reader')).num_ack_pending === 0);
});
