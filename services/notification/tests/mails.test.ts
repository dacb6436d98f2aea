import { randomUUID } from 'node:crypto';
import { headers } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NotificationService } from '../src/app.ts';
import { patience, startEnvironment, type TestEnvironment } from './environment.ts';

let env: TestEnvironment;
let service: NotificationService;

beforeAll(async () => {
  env = await startEnvironment();
  service = await env.start();
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await env[Symbol.asyncDispose]();
});

function newUser(name?: string): { userId: string; email: string } {
  const userId = randomUUID();
  const email = `${userId}@people.test`;
  env.contacts.set(userId, { email, phone: undefined, name });
  return { userId, email };
}

async function mailTo(email: string) {
  await expect.poll(() => env.sink.to(email).length, patience).toBe(1);
  const [mail] = env.sink.to(email);
  if (!mail) throw new Error('no mail');
  return mail;
}

const settled = (eventId: string) =>
  expect.poll(async () => {
    const delivery = await env.deliveries.findOne({ eventId, channel: 'email' });
    return [delivery?.state, delivery?.reason];
  }, patience);

test('welcomes a new user, from the configured sender, as HTML and as plain text', async () => {
  const { userId, email } = newUser('Ada');
  const id = await env.publish('user.created', { userId });
  const mail = await mailTo(email);
  expect(mail).toMatchObject({
    recipients: [email],
    from: '"The Shop" <shop@shop.test>',
    subject: 'Welcome to Tradewind',
    messageId: `<${id}.email@shop.test>`,
  });
  expect(mail.html).toContain('<p>Hello Ada,</p>');
  expect(mail.text).toContain('Hello Ada,\n');
  await settled(id).toEqual(['SENT', undefined]);
});

test.for([
  ['order.confirmed', 'Confirmed'],
  ['order.completed', 'Complete'],
] as const)('mails %s', async ([type, subject]) => {
  const { userId, email } = newUser();
  const id = await env.publish(type, { orderId: 'order-1', userId });
  const mail = await mailTo(email);
  expect(mail).toMatchObject({
    subject: `${subject}: your order order-1`,
    messageId: `<${id}.email@shop.test>`,
  });
  expect(mail.text).toContain('Hello,');
});

test('mails a cancellation with its reason', async () => {
  const { userId, email } = newUser();
  await env.publish('order.cancelled', {
    orderId: 'order-2',
    userId,
    shortages: [],
    reason: 'changed my mind',
  });
  const mail = await mailTo(email);
  expect(mail.subject).toBe('Cancelled: your order order-2');
  expect(mail.text).toContain('Reason: changed my mind');
});

test('mails a rejection with the products that were short', async () => {
  const { userId, email } = newUser();
  const shortages = [
    { productId: 'tea', requested: 3, available: 1, reason: 'OUT_OF_STOCK' },
    { productId: 'fog', requested: 1, available: 0, reason: 'UNKNOWN_PRODUCT' },
  ];
  await env.publish('order.cancelled', { orderId: 'order-3', userId, shortages, reason: '' });
  const mail = await mailTo(email);
  expect(mail.subject).toBe('Out of stock: your order order-3');
  expect(mail.text).toContain('- Product tea: 3 ordered, 1 available\n- Product fog: we do not know it');
});

test('sends one mail for an event that is delivered three times', async () => {
  const { userId, email } = newUser();
  const id = randomUUID();
  const order = { orderId: 'order-4', userId };
  await Promise.all([1, 2, 3].map(() => env.publish('order.confirmed', order, { id })));
  await mailTo(email);
  await env.publish('order.confirmed', order, { id });
  const admin = await env.nats.admin();
  await expect
    .poll(async () => {
      const { num_ack_pending, num_pending } = await admin.consumers.info('ORDERS', 'notification-email');
      return num_ack_pending + num_pending;
    }, patience)
    .toBe(0);
  expect(env.sink.to(email)).toHaveLength(1);
});

test('escapes what people call themselves', async () => {
  const { userId, email } = newUser('<img src=x onerror=alert(1)>\r\nBcc: victim@people.test');
  await env.publish('order.cancelled', { orderId: '<b>', userId, shortages: [], reason: '"><script>' });
  const mail = await mailTo(email);
  expect(mail.html).not.toMatch(/<(img|script|b)\b/);
  expect(mail.html).toContain('Hello &lt;img src=x onerror=alert(1)&gt; Bcc: victim@people.test,');
  expect(mail.headerLines.map(({ key }) => key)).not.toContain('bcc');
  expect(mail.recipients).toEqual([email]);
});

test('skips a user who is gone, and one without an address', async () => {
  const gone = await env.publish('user.created', { userId: randomUUID() });
  await settled(gone).toEqual(['SKIPPED', 'NO_SUCH_USER']);
  const { userId } = newUser();
  env.contacts.set(userId, { email: undefined, phone: undefined, name: 'Bo' });
  const nameless = await env.publish('user.created', { userId });
  await settled(nameless).toEqual(['SKIPPED', 'NO_ADDRESS']);
});

test('skips news from long ago', async () => {
  const { userId, email } = newUser();
  const time = new Date(Date.now() - 4 * 24 * 60 * 60 * 1000);
  const id = await env.publish('order.confirmed', { orderId: 'order-5', userId }, { time });
  await settled(id).toEqual(['SKIPPED', 'TOO_OLD']);
  expect(env.sink.to(email)).toEqual([]);
});

test('keeps neither addresses nor users in its records', async () => {
  const { userId, email } = newUser('Ada');
  const id = await env.publish('user.created', { userId });
  await settled(id).toEqual(['SENT', undefined]);
  const record = JSON.stringify(await env.deliveries.findOne({ eventId: id }));
  for (const personal of [userId, email, 'Ada']) expect(record).not.toContain(personal);
});

test('buries what it cannot read, and goes on', async () => {
  const before = await env.deadLetters();
  const attributes = headers();
  attributes.set('ce-id', randomUUID());
  attributes.set('ce-type', 'dev.tradewind.order.confirmed.v1');
  attributes.set('ce-time', new Date().toISOString());
  await env.nats.js.publish('order.confirmed', '{"order_id":', { headers: attributes });
  await env.publish('order.confirmed', { orderId: 'order-6', userId: '' });
  const { userId, email } = newUser();
  await env.publish('order.confirmed', { orderId: 'order-7', userId });
  await mailTo(email);
  await expect.poll(async () => (await env.deadLetters()) - before, patience).toBe(2);
});
