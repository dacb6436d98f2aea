import { randomUUID } from 'node:crypto';
import type { Contact } from '@tradewind/proto/user/v1/user';
import { unavailable } from '@tradewind/shared/errors';
import { mongoFailure } from '@tradewind/shared/mongo';
import { createLogger } from '@tradewind/shared/telemetry';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Message, Verdict } from '../src/channel.ts';
import { deliveriesCollection, mongoDeliveries, type DeliveryDocument } from '../src/deliveries.ts';
import type { Notice } from '../src/notice.ts';
import { notifier } from '../src/notify.ts';

const log = createLogger('notification-test', 'silent');
const times = { maxEventAgeMs: 60_000, claimMs: 30_000 };
const sent: Verdict = { result: 'sent' };
const userIds = Array.from({ length: 20 }, () => randomUUID());

let mongo: MongoClient;
let commands: string[];
let lookups: ReadonlySet<string>[];
let messages: Message[];

beforeAll(async () => {
  mongo = await new MongoClient(inject('mongoUri'), { monitorCommands: true }).connect();
  mongo.on('commandStarted', ({ commandName }) => commands.push(commandName));
});

afterAll(async () => {
  await mongo.close();
});

beforeEach(() => {
  commands = [];
  lookups = [];
  messages = [];
});

/** Counts what a batch costs: calls to the user service, commands to the database, messages. */
function mails(
  contact: Contact,
  answer: (message: Message) => Promise<Verdict> = () => Promise.resolve(sent),
) {
  const db = mongo.db(`batches_${randomUUID()}`);
  const notify = notifier({
    channel: {
      name: 'email',
      addressOf: ({ email }) => email,
      send: (message) => {
        messages.push(message);
        return answer(message);
      },
    },
    contacts: {
      find: (ids) => {
        lookups.push(ids);
        return Promise.resolve(new Map([...ids].map((id) => [id, contact])));
      },
    },
    deliveries: mongoDeliveries(db, times),
    maxEventAgeMs: times.maxEventAgeMs,
    log,
  });
  const collection = db.collection<DeliveryDocument>(deliveriesCollection);
  const count = (filter: Partial<DeliveryDocument>) => collection.countDocuments(filter);
  return { notify, count, [Symbol.asyncDispose]: () => db.dropDatabase().then(() => undefined) };
}

const unreachable: Contact = { email: undefined, phone: undefined, name: undefined };
const reachable: Contact = { ...unreachable, email: 'ada@people.test' };

const confirmations = (number: number): Notice[] =>
  Array.from({ length: number }, (_, index) => ({
    eventId: randomUUID(),
    at: new Date(),
    userId: userIds[index % userIds.length] ?? '',
    news: { kind: 'order.confirmed', orderId: `order-${index}` },
  }));

test('a hundred events with nothing to send cost one look-up and one write', async () => {
  await using shop = mails(unreachable);
  await shop.notify(confirmations(100));
  expect(lookups).toEqual([new Set(userIds)]);
  expect(commands).toEqual(['insert']);
  expect(await shop.count({ state: 'SKIPPED', reason: 'NO_ADDRESS', attempts: 1 })).toBe(100);
});

test('ten mails are claimed in one write, and recorded in another', async () => {
  await using shop = mails(reachable);
  const notices = confirmations(30);
  await shop.notify(notices);
  expect(lookups).toHaveLength(1);
  expect(commands).toEqual(Array.from({ length: 3 }, () => ['insert', 'update']).flat());
  expect(await shop.count({ state: 'SENT' })).toBe(30);
  expect(messages.map(({ id }) => id)).toEqual(notices.map(({ eventId }) => `${eventId}.email`));
});

test('an event that comes twice in a batch, and again later, is sent once', async () => {
  await using shop = mails(reachable);
  const [notice] = confirmations(1);
  if (!notice) throw new Error('no notice');
  await shop.notify([notice, notice]);
  await shop.notify([notice, ...confirmations(1)]);
  expect(messages).toHaveLength(2);
});

test('what was sent stays recorded as sent when it comes again too late to be told', async () => {
  await using shop = mails(reachable);
  const notices = confirmations(2);
  await shop.notify(notices);
  await shop.notify(notices.map((notice) => ({ ...notice, at: new Date(0) })));
  expect(await shop.count({ state: 'SENT' })).toBe(2);
});

test('a delivery that another process tries is neither sent nor skipped, and must come again', async () => {
  const answers = Promise.withResolvers<Verdict>();
  const begun = Promise.withResolvers<undefined>();
  await using shop = mails(reachable, () => {
    begun.resolve(undefined);
    return answers.promise;
  });
  const notices = confirmations(1);
  const first = shop.notify(notices);
  await begun.promise;
  const conflict = { code: 'VERSION_CONFLICT' };
  await expect(shop.notify(notices)).rejects.toMatchObject(conflict);
  const old = notices.map((notice) => ({ ...notice, at: new Date(0) }));
  await expect(shop.notify(old)).rejects.toMatchObject(conflict);
  expect(await shop.count({ state: 'PENDING' })).toBe(1);
  answers.resolve(sent);
  await first;
  expect(messages).toHaveLength(1);
  expect(await shop.count({ state: 'SENT' })).toBe(1);
});

test('when the server goes away within a batch, what it took is recorded, and the rest is sent later', async () => {
  let away = true;
  await using shop = mails(reachable, ({ notice }) =>
    away && notice.userId !== userIds[0]
      ? Promise.reject(unavailable('the mail server'))
      : Promise.resolve(sent),
  );
  const notices = confirmations(15);
  await expect(shop.notify(notices)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  // The second ten were not begun.
  expect(messages).toHaveLength(10);
  expect(await shop.count({ state: 'SENT' })).toBe(1);
  away = false;
  messages = [];
  await shop.notify(notices);
  expect(messages).toHaveLength(14);
  expect(await shop.count({ state: 'SENT' })).toBe(15);
});

test('a database that is away is known as such, for claims and for records', async () => {
  await using client = new MongoClient('mongodb://127.0.0.1:1/?directConnection=true', {
    serverSelectionTimeoutMS: 10,
  });
  const deliveries = mongoDeliveries(client.db('away'), times);
  const delivery = { id: '1.email', eventId: '1', channel: 'email', kind: 'order.confirmed' } as const;
  for (const write of [
    () => deliveries.claim([delivery]),
    () => deliveries.skip([{ ...delivery, reason: 'NO_ADDRESS' }]),
    () => deliveries.close([{ id: delivery.id, settlement: { state: 'SENT' } }]),
  ]) {
    const failure: unknown = await write().catch((error: unknown) => error);
    expect(mongoFailure(failure)).toMatchObject({ code: 'UNAVAILABLE' });
  }
});
