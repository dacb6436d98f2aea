import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mongoDeliveries } from '../src/deliveries.ts';
import { startMailSink } from './mail-sink.ts';
import { patience, startEnvironment, type TestEnvironment } from './environment.ts';

const email = 'ada@people.test';
let env: TestEnvironment;
let userId: string;

beforeEach(async () => {
  env = await startEnvironment();
  userId = randomUUID();
  env.contacts.set(userId, { email, phone: undefined, name: 'Ada' });
});

afterEach(async () => {
  await env[Symbol.asyncDispose]();
});

const delivery = (eventId: string) => env.deliveries.findOne({ eventId });
const mails = () => expect.poll(() => env.sink.mails.length, patience);

test('mails arrive once when the SMTP server is back, and none is a dead letter', async () => {
  await using service = await env.start();
  expect(service.port).toBeGreaterThan(0);
  await env.publish('user.created', { userId });
  await mails().toBe(1);
  await env.sink.stop();
  const ids = await Promise.all(
    [1, 2, 3].map((number) => env.publish('order.confirmed', { orderId: `order-${number}`, userId })),
  );
  const triedAgain = { kind: 'order.confirmed', attempts: { $gt: 1 } } as const;
  await expect.poll(() => env.deliveries.findOne(triedAgain), patience).toMatchObject({ state: 'PENDING' });
  await env.sink.restart();
  await mails().toBe(4);
  for (const id of ids) await expect.poll(async () => (await delivery(id))?.state, patience).toBe('SENT');
  expect(new Set(env.sink.mails.map(({ messageId }) => messageId)).size).toBe(4);
  expect(await env.deadLetters()).toBe(0);
});

test('a crash between sending and recording sends again with the same Message-ID', async () => {
  const crashed = await env.start(
    { DELIVERY_CLAIM_MS: '100' },
    {
      deliveries: (db, options) => ({
        ...mongoDeliveries(db, options),
        close: () => Promise.reject(new Error('crashed')),
      }),
    },
  );
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await mails().toBe(1);
  await crashed[Symbol.asyncDispose]();
  expect((await delivery(id))?.state).toBe('PENDING');

  const sentBefore = env.sink.mails.length;
  await using service = await env.start();
  expect(service.port).toBeGreaterThan(0);
  await expect.poll(async () => (await delivery(id))?.state, patience).toBe('SENT');
  expect(env.sink.mails).toHaveLength(sentBefore + 1);
  expect(new Set(env.sink.mails.map(({ messageId }) => messageId))).toEqual(
    new Set([`<${id}.email@shop.test>`]),
  );
});

test('a password that the SMTP server refuses holds mails back until it is right', async () => {
  await using guarded = await startMailSink({ username: 'shop', password: 'right' });
  const settings = { SMTP_PORT: String(guarded.port), SMTP_USERNAME: 'shop' };
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  {
    await using misconfigured = await env.start({ ...settings, SMTP_PASSWORD: 'wrong' });
    expect(misconfigured.port).toBeGreaterThan(0);
    await expect.poll(async () => (await delivery(id))?.attempts ?? 0, patience).toBeGreaterThan(1);
  }
  expect(await delivery(id)).toMatchObject({ state: 'PENDING' });
  await using service = await env.start({ ...settings, SMTP_PASSWORD: 'right' });
  expect(service.port).toBeGreaterThan(0);
  await expect.poll(() => guarded.to(email).length, patience).toBe(1);
});

test('a recipient whom the server refuses for good has failed, once', async () => {
  await using service = await env.start();
  expect(service.port).toBeGreaterThan(0);
  env.sink.answer(email, 550);
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await expect.poll(async () => (await delivery(id))?.state, patience).toBe('FAILED');
  env.sink.answer(email);
  await env.publish('order.confirmed', { orderId: 'order-1', userId }, { id });
  await env.publish('order.completed', { orderId: 'order-1', userId });
  await mails().toBe(1);
  expect(env.sink.mails[0]?.subject).toBe('Complete: your order order-1');
  expect(await delivery(id)).toMatchObject({ state: 'FAILED', reason: 'SMTP 550', attempts: 1 });
  expect(await env.deadLetters()).toBe(0);
});

test.for([
  { code: 452, command: 'RCPT TO' },
  { code: 451, command: 'DATA' },
] as const)(
  'a mail that is not taken at present does not hold up the others: %o',
  async ({ code, command }) => {
    await using service = await env.start();
    expect(service.port).toBeGreaterThan(0);
    env.sink.answer(email, code, command);
    const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
    await expect.poll(async () => (await delivery(id))?.attempts, patience).toBe(1);
    const other = randomUUID();
    env.contacts.set(other, { email: 'bo@people.test', phone: undefined, name: undefined });
    await env.publish('order.confirmed', { orderId: 'order-2', userId: other });
    await expect.poll(() => env.sink.to('bo@people.test').length, patience).toBe(1);
    env.sink.answer(email);
    await expect.poll(() => env.sink.to(email).length, patience).toBe(1);
    await expect.poll(async () => (await delivery(id))?.state, patience).toBe('SENT');
  },
);

test('two replicas share the events, and send each mail once', async () => {
  await using one = await env.start();
  await using two = await env.start();
  expect(one.port).not.toBe(two.port);
  const ids = Array.from({ length: 20 }, () => randomUUID());
  for (const id of [...ids, ...ids])
    await env.publish('order.confirmed', { orderId: 'order-1', userId }, { id });
  await expect.poll(() => env.deliveries.countDocuments({ state: 'SENT' }), patience).toBe(20);
  const admin = await env.nats.admin();
  await expect
    .poll(async () => {
      const { num_ack_pending, num_pending } = await admin.consumers.info('ORDERS', 'notification-email');
      return num_ack_pending + num_pending;
    }, patience)
    .toBe(0);
  expect(env.sink.mails).toHaveLength(20);
});

test('a service that starts without NATS sends what happened meanwhile when NATS comes', async () => {
  await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await env.natsServer.stop();
  await using service = await env.start();
  expect(service.port).toBeGreaterThan(0);
  await env.natsServer.restart();
  await mails().toBe(1);
});
