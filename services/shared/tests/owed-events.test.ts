import { randomUUID } from 'node:crypto';
import type { Collection } from 'mongodb';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { connectMongo, type Mongo } from '../src/mongo/index.ts';
import {
  connectNats,
  ensureStream,
  eventPublisher,
  type EventPublisher,
  type Nats,
} from '../src/nats/index.ts';
import {
  owe,
  oweStage,
  owedIndex,
  owing,
  publishOwedEvents,
  type OwedEvent,
  type OwedEventsOptions,
  type OwingDocument,
} from '../src/outbox/index.ts';
import { log, patience, startEventKit, type EventKit } from './event-kit.ts';

interface Document extends OwingDocument {
  readonly state?: string;
}

let open: AsyncDisposableStack;
let kit: EventKit;
let mongo: Mongo;
let documents: Collection<Document>;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  kit = open.use(await startEventKit());
  mongo = open.use(await connectMongo(inject('mongoUri'), `owed_${randomUUID()}`, log));
  open.defer(async () => {
    await mongo.db.dropDatabase();
  });
  documents = mongo.db.collection<Document>('documents');
  await documents.createIndexes([owedIndex]);
});

afterEach(async () => {
  await open.disposeAsync();
});

const start = (more: Partial<OwedEventsOptions> = {}) =>
  publishOwedEvents({
    nats: kit.nats,
    publisher: eventPublisher(kit.nats, 'test'),
    collection: documents,
    streams: ['USERS'],
    log,
    afterMs: 30_000,
    retryMs: 30_000,
    sweepEveryMs: 20,
    ...more,
  });

/** A publisher that remembers, and fails the first `failures` times. */
function recordingPublisher(failures = 0): EventPublisher & { readonly ids: string[] } {
  const real = eventPublisher(kit.nats, 'test');
  const ids: string[] = [];
  return {
    ids,
    publish: (event, options) => {
      ids.push(event.id);
      return ids.length <= failures ? Promise.reject(new Error('lost')) : real.publish(event, options);
    },
  };
}

const longAgo = new Date('2020-01-01');
const later = () => new Date(Date.now() + 30_000);
const created = (until: 'stored' | 'effect', userId = 'u') => owe('user.created', { userId }, until);

async function stored(): Promise<{ readonly id: string; readonly msgId: string; readonly body: unknown }[]> {
  const { streams } = await kit.nats.admin();
  const { state } = await streams.info('USERS');
  const messages = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1) {
    const message = await streams.getMessage('USERS', { seq });
    const { header } = message;
    messages.push({ id: header.get('ce-id'), msgId: header.get('Nats-Msg-Id'), body: message.json() });
  }
  return messages;
}

const find = (id: string) => documents.findOne({ _id: id });
const isFree = async (id: string) => {
  const found = await find(id);
  return found?.owed.length === 0 && !('owedAt' in found) && !('owedAttempts' in found);
};

test('an announcement is published right after its write, and is owed until it is stored', async () => {
  await using owed = start();
  const event = created('stored');
  await documents.insertOne({ _id: 'd', ...owing([event], later()) });
  await owed.publish([{ id: 'd', events: [event] }]);
  expect(await stored()).toEqual([{ id: event.id, msgId: event.id, body: { user_id: 'u' } }]);
  expect(await isFree('d')).toBe(true);
});

test('a demand is owed until its effect is known', async () => {
  await using owed = start();
  const event = created('effect');
  await documents.insertOne({ _id: 'd', ...owing([event], later()) });
  await owed.publish([{ id: 'd', events: [event] }]);
  expect(await stored()).toHaveLength(1);
  expect((await find('d'))?.owed).toHaveLength(1);
  await documents.updateOne(
    { _id: 'd' },
    oweStage({ remove: { $eq: ['$$event.type', 'user.created'] } }, later()),
  );
  expect(await isFree('d')).toBe(true);
});

test('a publication that fails is swept up, with the same event id and a fresh message id', async () => {
  const publisher = recordingPublisher(1);
  await using owed = start({ publisher });
  const event = created('stored');
  await documents.insertOne({ _id: 'd', ...owing([event], longAgo) });
  await owed.publish([{ id: 'd', events: [event] }]);
  await expect.poll(() => isFree('d'), patience).toBe(true);
  const [message] = await stored();
  expect(message?.id).toBe(event.id);
  expect(message?.msgId).not.toBe(event.id);
});

test('events that JetStream took are settled although others of the same call failed', async () => {
  const publisher = recordingPublisher(1);
  const events = [created('stored', 'lost'), created('stored', 'kept')];
  await documents.insertOne({ _id: 'd', ...owing(events, later()) });
  await using owed = start({ publisher });
  await owed.publish([{ id: 'd', events }]);
  expect((await find('d'))?.owed.map(({ data }) => data)).toEqual([{ user_id: 'lost' }]);
});

test('a document is left to its direct publication before the sweeper takes it', async () => {
  const publisher = recordingPublisher();
  await documents.insertMany([
    { _id: 'new', ...owing([created('stored')], later()) },
    { _id: 'old', ...owing([created('stored')], longAgo) },
  ]);
  open.use(start({ publisher }));
  await expect.poll(() => isFree('old'), patience).toBe(true);
  expect(await isFree('new')).toBe(false);
});

test('several sweepers publish each document once', async () => {
  const publisher = recordingPublisher();
  const ids = Array.from({ length: 1_200 }, (_, index) => `d${index}`);
  await documents.insertMany(ids.map((_id) => ({ _id, ...owing([created('effect')], longAgo) })));
  open.use(start({ publisher }));
  open.use(start({ publisher }));
  open.use(start({ publisher }));
  await expect.poll(async () => (await stored()).length, patience).toBe(1_200);
  expect(new Set(publisher.ids).size).toBe(1_200);
  expect(publisher.ids).toHaveLength(1_200);
});

test('the pause doubles each time that a demand is published again', async () => {
  const publisher = recordingPublisher();
  await documents.insertOne({ _id: 'd', ...owing([created('effect')], longAgo) });
  const pauses: number[] = [];
  open.use(start({ publisher, retryMs: 60_000 }));
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await expect.poll(() => publisher.ids.length, patience).toBe(attempt);
    const due = (await find('d'))?.owedAt ?? longAgo;
    pauses.push(Math.round((due.getTime() - Date.now()) / 60_000));
    await documents.updateOne({ _id: 'd' }, { $set: { owedAt: longAgo } });
  }
  expect(pauses).toEqual([1, 2, 4, 8, 15]);
});

test('all debts are due at once when the stream was made anew, also while no sweeper ran', async () => {
  const publisher = recordingPublisher();
  await using first = start({ publisher });
  await expect.poll(() => mongo.db.collection('streams').countDocuments(), patience).toBe(1);
  await first[Symbol.asyncDispose]();
  await documents.insertMany(
    ['a', 'b'].map((_id) => ({ _id, ...owing([created('effect')], later()), owedAttempts: 9 })),
  );
  const admin = await kit.nats.admin();
  await admin.streams.delete('USERS');
  await ensureStream(admin, 'USERS');
  open.use(start({ publisher }));
  await expect.poll(async () => (await stored()).length, patience).toBe(2);
  expect((await find('a'))?.owedAttempts).toBe(1);
});

test('all debts are due at once when the stream was purged', async () => {
  await kit.publish(['somebody']);
  open.use(start());
  await expect.poll(() => mongo.db.collection('streams').countDocuments(), patience).toBe(1);
  const event = created('effect', 'owed');
  await documents.insertOne({ _id: 'd', ...owing([event], later()) });
  await (await kit.nats.admin()).streams.purge('USERS');
  await expect.poll(async () => (await stored()).map(({ id }) => id), patience).toEqual([event.id]);
});

test('many debts are called in parts, of which none keeps MongoDB busy for long', async () => {
  const publisher = recordingPublisher();
  open.use(start({ publisher }));
  await expect.poll(() => mongo.db.collection('streams').countDocuments(), patience).toBe(1);
  const ids = Array.from({ length: 3_000 }, (_, index) => `d${index}`);
  await documents.insertMany(ids.map((_id) => ({ _id, ...owing([created('effect')], later()) })));
  await mongo.db.command({ profile: 1, filter: { op: 'update', nMatched: { $gt: 1_000 } } });
  const admin = await kit.nats.admin();
  await admin.streams.delete('USERS');
  await ensureStream(admin, 'USERS');
  await expect.poll(() => new Set(publisher.ids).size, patience).toBe(3_000);
  await mongo.db.setProfilingLevel('off');
  expect(await mongo.db.collection('system.profile').find().toArray()).toEqual([]);
});

test('a stream that cannot be brought up to date keeps nothing from being swept', async () => {
  await documents.insertOne({ _id: 'd', ...owing([created('stored')], longAgo) });
  // A single server takes no stream of three replicas.
  const nats = open.use(await connectNats(kit.server.url, 'test', log, { streamReplicas: 3 }));
  await expect(ensureStream(await nats.admin(), 'USERS', nats.streamReplicas)).rejects.toThrow();
  open.use(start({ nats }));
  await expect.poll(() => isFree('d'), patience).toBe(true);
});

test('nothing is claimed while the stream is away, so that no pause grows', async () => {
  await documents.insertOne({ _id: 'd', ...owing([created('stored')], longAgo) });
  const away = vi.fn(() => Promise.reject(new Error('away')));
  const nats = Object.create(kit.nats, { admin: { value: away } }) as Nats;
  open.use(start({ nats, publisher: recordingPublisher(Infinity) }));
  // Both tasks ask, and each is at least in its second turn.
  await expect.poll(() => away.mock.calls.length, patience).toBeGreaterThan(4);
  expect(await find('d')).toMatchObject({ owedAt: longAgo, owedAttempts: 0 });
});

test('what only a newer release knows is left to that', async () => {
  const unknown = { ...created('stored'), type: 'user.renamed' } as unknown as OwedEvent;
  const unpublished: Document[] = [
    { _id: 'version', ...owing([created('stored'), { ...created('stored'), version: 2 }], longAgo) },
    { _id: 'type', ...owing([unknown], longAgo) },
  ];
  await documents.insertMany(unpublished);
  const known = created('stored');
  await documents.insertOne({ _id: 'known', ...owing([known], new Date()) });
  open.use(start());
  await expect.poll(() => isFree('known'), patience).toBe(true);
  expect((await stored()).map(({ id }) => id)).toEqual([known.id]);
  expect(await documents.find({ owedAt: longAgo }).toArray()).toEqual(unpublished);
});

test('an event is of the version that it was written with, and of the first where none was written', async () => {
  const { version, ...first } = created('stored');
  expect(version).toBe(1);
  const publish = vi.fn(eventPublisher(kit.nats, 'test').publish);
  await using owed = start({ publisher: { publish } });
  await documents.insertOne({ _id: 'd', ...owing([first], later()) });
  await owed.publish([{ id: 'd', events: [first] }]);
  expect(publish.mock.calls[0]?.[0]).toMatchObject({ id: first.id, version: 1 });
});

test('what is due is found by the index of what is owed, and nothing else is looked at', async () => {
  const publisher = recordingPublisher();
  const ids = Array.from({ length: 1_000 }, (_, index) => String(index));
  await documents.insertMany([
    ...ids.map((id) => ({ _id: `free${id}`, ...owing([], later()) })),
    ...ids.map((id) => ({ _id: `later${id}`, ...owing([created('effect')], later()) })),
    { _id: 'd', ...owing([created('effect')], longAgo) },
  ]);
  await mongo.db.setProfilingLevel('all');
  open.use(start({ publisher }));
  await expect.poll(() => publisher.ids.length, patience).toBe(1);
  await mongo.db.setProfilingLevel('off');
  const finds = await mongo.db
    .collection('system.profile')
    .find({ 'command.find': 'documents', 'command.sort': { owedAt: 1 } })
    .toArray();
  expect(finds.length).toBeGreaterThan(0);
  for (const find of finds) {
    // MongoDB from 6.0.7 on uses a sparse index for an expression only when it is told to.
    expect(find).toMatchObject({ planSummary: 'IXSCAN { owedAt: 1 }', command: { hint: owedIndex.name } });
  }
  expect(finds[0]).toMatchObject({ docsExamined: 1 });
});

test('a text that looks like an expression is stored as it is', async () => {
  await documents.insertOne({ _id: 'd', owed: [], state: 'new' });
  const event = created('effect', '$state');
  await documents.updateOne({ _id: 'd' }, [
    { $set: { state: 'changed' } },
    ...oweStage({ add: [event] }, later()),
  ]);
  const found = await find('d');
  expect(found?.state).toBe('changed');
  expect(found?.owed).toEqual([event]);
  open.use(start());
  await documents.updateOne({ _id: 'd' }, { $set: { owedAt: longAgo } });
  await expect
    .poll(async () => (await stored()).map(({ body }) => body), patience)
    .toEqual([{ user_id: '$state' }]);
});

test('one update takes a demand off and adds its counterpart', async () => {
  const before = created('effect');
  const after = owe('user.deleted', { userId: 'u' }, 'effect');
  await documents.insertOne({ _id: 'd', ...owing([before], longAgo) });
  await documents.updateOne(
    { _id: 'd' },
    oweStage({ remove: { $eq: ['$$event.type', 'user.created'] }, add: [after] }, later()),
  );
  const found = await find('d');
  expect(found?.owed).toEqual([after]);
  expect(found?.owedAt?.getTime()).toBeGreaterThan(Date.now());
});
