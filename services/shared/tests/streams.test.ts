import { randomUUID } from 'node:crypto';
import { nanos } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startNats, type NatsServer } from '@tradewind/local/servers';
import {
  connectNats,
  ensureStream,
  eventPublisher,
  isWrongLastSequence,
  streams,
  type Nats,
  type OutgoingEvent,
  type StreamName,
} from '../src/nats/index.ts';
import { log } from './event-kit.ts';

let server: NatsServer;
let nats: Nats;

beforeAll(async () => {
  server = await startNats();
  nats = await connectNats(server.url, 'test', log);
  // When the last stream goes, nats-server removes their folder at leisure, and a new stream may miss it.
  await (await nats.admin()).streams.add({ name: 'STAYS', subjects: ['stays'] });
});

beforeEach(async () => {
  const admin = await nats.admin();
  for (const name of Object.keys(streams)) await admin.streams.delete(name).catch(() => false);
});

afterAll(async () => {
  await nats[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const event = (more: Partial<OutgoingEvent> = {}): OutgoingEvent => ({
  id: randomUUID(),
  type: 'user.created',
  data: { user_id: 'u' },
  time: new Date('2026-01-02T03:04:05Z'),
  ...more,
});

const state = (version: number) =>
  event({ type: 'product.state', subjectId: 'p', data: { product_id: 'p', version } });

const stored = async (stream: string) => (await (await nats.admin()).streams.info(stream)).state.messages;

test('makes all streams, also when several processes do so at once', async () => {
  const admin = await nats.admin();
  const names = Object.keys(streams) as StreamName[];
  await Promise.all([...names, ...names, ...names].map((name) => ensureStream(admin, name)));
  const made = (await admin.streams.list().next()).map(({ config }) => config.name);
  expect(made.sort()).toEqual([...names, 'STAYS'].sort());
});

test('leaves a stream that is as it should be alone', async () => {
  const admin = await nats.admin();
  const created = await ensureStream(admin, 'USERS');
  await eventPublisher(nats, 'test').publish(event());
  expect(await ensureStream(admin, 'USERS')).toBe(created);
  expect(await stored('USERS')).toBe(1);
});

test('brings the limits of an older stream up to date and keeps what it holds', async () => {
  const admin = await nats.admin();
  await admin.streams.add({ name: 'USERS', subjects: ['user.created'], max_age: nanos(60_000) });
  await eventPublisher(nats, 'test').publish(event());
  await ensureStream(admin, 'USERS');
  const { config, state } = await admin.streams.info('USERS');
  expect(config).toMatchObject({ subjects: ['user.*'], max_age: streams.USERS.maxAge, allow_direct: true });
  expect(state.messages).toBe(1);
});

test('adds subjects to a stream, and takes none away that another release needs', async () => {
  const admin = await nats.admin();
  const subjects = async () => (await admin.streams.info('USERS')).config.subjects;
  await admin.streams.add({ name: 'USERS', subjects: ['person.*', 'user.created', 'user.deleted'] });
  await ensureStream(admin, 'USERS');
  expect(await subjects()).toEqual(['person.*', 'user.*']);
  await admin.streams.update('USERS', { subjects: ['user.>'] });
  await ensureStream(admin, 'USERS');
  expect(await subjects()).toEqual(['user.>']);
});

test('tells a stream that was made anew by when it was made', async () => {
  const admin = await nats.admin();
  const created = await ensureStream(admin, 'USERS');
  await admin.streams.delete('USERS');
  expect(await ensureStream(admin, 'USERS')).not.toBe(created);
});

test('keeps only the last state of each product', async () => {
  const publisher = eventPublisher(nats, 'test');
  for (const version of [1, 2, 3]) await publisher.publish(state(version));
  const last = await (await nats.admin()).streams.getMessage('PRODUCTS', { last_by_subj: 'product.state.p' });
  expect(last.json()).toEqual({ product_id: 'p', version: 3 });
  expect(await stored('PRODUCTS')).toBe(1);
});

test('publishes a CloudEvent in binary mode, into a stream that it makes if need be', async () => {
  await eventPublisher(nats, 'test').publish(event({ id: 'the-id', traceparent: 'the-parent' }));
  const message = await (await nats.admin()).streams.getMessage('USERS', { seq: 1 });
  expect(message.subject).toBe('user.created');
  expect(message.json()).toEqual({ user_id: 'u' });
  const attributes = Object.fromEntries([...message.header].map(([name, values]) => [name, values[0]]));
  expect(attributes).toEqual({
    'ce-specversion': '1.0',
    'ce-id': 'the-id',
    'ce-type': 'dev.tradewind.user.created.v1',
    'ce-source': '/tradewind/test',
    'ce-time': '2026-01-02T03:04:05.000Z',
    'content-type': 'application/json',
    traceparent: 'the-parent',
    'Nats-Msg-Id': 'the-id',
  });
});

test('says which version the payload is of', async () => {
  await eventPublisher(nats, 'test').publish(event({ version: 7 }));
  const message = await (await nats.admin()).streams.getMessage('USERS', { seq: 1 });
  expect(message.header.get('ce-type')).toBe('dev.tradewind.user.created.v7');
});

test('makes the stream also where a plain subscriber keeps the server from saying that it is missing', async () => {
  const watching = nats.connection.subscribe('user.*');
  await eventPublisher(nats, 'test').publish(event());
  watching.unsubscribe();
  expect(await stored('USERS')).toBe(1);
});

test('refuses a stale state when the subject has moved on', async () => {
  const publisher = eventPublisher(nats, 'test');
  const { seq } = await publisher.publish(state(1), { expectedLastSequence: 0 });
  await publisher.publish(state(2), { expectedLastSequence: seq });
  const stale = await publisher
    .publish(state(1), { expectedLastSequence: seq })
    .catch((error: unknown) => error);
  expect(isWrongLastSequence(stale)).toBe(true);
  const last = await (await nats.admin()).streams.getMessage('PRODUCTS', { last_by_subj: 'product.state.p' });
  expect(last.json()).toEqual({ product_id: 'p', version: 2 });
});

test('stores an event once, however often it is published under one id', async () => {
  const publisher = eventPublisher(nats, 'test');
  const once = event();
  await publisher.publish(once);
  expect((await publisher.publish(once)).duplicate).toBe(true);
  expect(await stored('USERS')).toBe(1);
});

test('needs a fresh message id to store an event again that a purge has removed', async () => {
  const publisher = eventPublisher(nats, 'test');
  const lost = event();
  await publisher.publish(lost);
  await (await nats.admin()).streams.purge('USERS');
  // NATS answers that it has the message, and has not: this is why repeats take fresh ids.
  expect((await publisher.publish(lost)).duplicate).toBe(true);
  expect(await stored('USERS')).toBe(0);
  await publisher.publish(lost, { msgId: randomUUID() });
  expect(await stored('USERS')).toBe(1);
});
