import { randomUUID } from 'node:crypto';
import type { StreamAPI, StreamState } from 'nats';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { connectMongo, type Mongo } from '../src/mongo/index.ts';
import {
  ensureStream,
  eventPublisher,
  streams as declared,
  type Nats,
  type StreamName,
} from '../src/nats/index.ts';
import { noticeStreamLoss } from '../src/outbox/index.ts';
import { log, startEventKit, type EventKit } from './event-kit.ts';

let open: AsyncDisposableStack;
let kit: EventKit;
let mongo: Mongo;
let lost: StreamName[];

beforeEach(async () => {
  open = new AsyncDisposableStack();
  kit = open.use(await startEventKit());
  mongo = open.use(await connectMongo(inject('mongoUri'), `loss_${randomUUID()}`, log));
  open.defer(async () => {
    await mongo.db.dropDatabase();
  });
  lost = [];
  await look();
  await kit.publish(['a', 'b']);
  await tellStates('p', 'q');
  await look();
  expect(lost).toEqual([]);
});

afterEach(async () => {
  await open.disposeAsync();
});

/** As any process of the service looks: what it knows is in the database. */
const look = (onLoss = (stream: StreamName) => Promise.resolve(lost.push(stream)), nats = kit.nats) =>
  noticeStreamLoss({ nats, db: mongo.db, streams: ['USERS', 'PRODUCTS'], onLoss, log });

/** As if PRODUCTS had grown to this; a gibibyte takes too long to write. */
async function lookAt(products: Partial<StreamState>): Promise<void> {
  const admin = await kit.nats.admin();
  const info = async (stream: string) => {
    const present = await admin.streams.info(stream);
    return stream === 'PRODUCTS' ? { ...present, state: { ...present.state, ...products } } : present;
  };
  const streams = Object.create(admin.streams, { info: { value: info } }) as StreamAPI;
  const nats = Object.create(kit.nats, { admin: { value: () => ({ streams }) } }) as Nats;
  await look(undefined, nats);
}

async function tellStates(...productIds: readonly string[]): Promise<void> {
  for (const subjectId of productIds) {
    const event = { id: randomUUID(), type: 'product.state', subjectId, data: {}, time: new Date() } as const;
    await eventPublisher(kit.nats, 'test').publish(event);
  }
}

const streams = async () => (await kit.nats.admin()).streams;

test('a stream that was made anew is lost, once', async () => {
  await (await streams()).delete('USERS');
  await ensureStream(await kit.nats.admin(), 'USERS');
  await look();
  await look();
  expect(lost).toEqual(['USERS']);
});

test('a stream that is missing is made, and was lost', async () => {
  await (await streams()).delete('PRODUCTS');
  await look();
  expect(lost).toEqual(['PRODUCTS']);
  expect((await (await streams()).info('PRODUCTS')).state.messages).toBe(0);
});

test('a stream of events is lost each time that it is purged', async () => {
  await (await streams()).purge('USERS');
  await look();
  await look();
  expect(lost).toEqual(['USERS']);
  await kit.publish(['c']);
  await look();
  await (await streams()).purge('USERS');
  await look();
  expect(lost).toEqual(['USERS', 'USERS']);
});

test('a stream of last values is lost each time that it is purged, also when nobody saw it filled', async () => {
  for (let time = 1; time <= 2; time += 1) {
    await (await streams()).purge('PRODUCTS');
    await look();
    expect(lost).toHaveLength(time);
    await tellStates('p', 'q');
  }
});

test('a stream of events loses its oldest ones in their time', async () => {
  await (await streams()).purge('USERS', { keep: 1 });
  await look();
  expect(lost).toEqual([]);
});

test('a stream of last values is lost when it was purged, although some came back before anybody looked', async () => {
  await (await streams()).purge('PRODUCTS');
  await tellStates('p');
  await look();
  expect(lost).toEqual(['PRODUCTS']);
  await tellStates('p', 'q');
  await look();
  await (await streams()).purge('PRODUCTS', { filter: 'product.state.q' });
  await look();
  expect(lost).toEqual(['PRODUCTS', 'PRODUCTS']);
});

test('a full stream of last values discards the oldest, which is no loss', async () => {
  const { maxBytes } = declared.PRODUCTS;
  await lookAt({ messages: 10, bytes: maxBytes - 300 });
  await lookAt({ messages: 8, bytes: maxBytes - 700 });
  expect(lost).toEqual([]);
  await lookAt({ messages: 7, bytes: 4_000 });
  expect(lost).toEqual(['PRODUCTS']);
});

test('a loss is noticed again when what it asks for was not done', async () => {
  await (await streams()).purge('USERS');
  await expect(look(() => Promise.reject(new Error('crashed')))).rejects.toThrow('crashed');
  await look();
  expect(lost).toEqual(['USERS']);
});
