import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { patience, startEnvironment, type TestEnvironment } from './environment.ts';

interface Webhook extends AsyncDisposable {
  readonly url: string;
  /** Of texts to this number alone. */
  readonly statusOf: Map<string, number>;
  readonly requests: { readonly body: unknown; readonly headers: IncomingHttpHeaders }[];
  status: number;
}

let env: TestEnvironment;
let webhook: Webhook;
let userId: string;

beforeEach(async () => {
  env = await startEnvironment();
  webhook = await startWebhook();
  userId = randomUUID();
  env.contacts.set(userId, { email: 'ada@people.test', phone: '+4915112345678', name: 'Ada' });
});

afterEach(async () => {
  await webhook[Symbol.asyncDispose]();
  await env[Symbol.asyncDispose]();
});

async function startWebhook(): Promise<Webhook> {
  const requests: Webhook['requests'] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      requests.push({ body, headers: request.headers });
      response.writeHead(started.statusOf.get((body as { to: string }).to) ?? started.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started: Webhook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/texts`,
    requests,
    statusOf: new Map(),
    status: 202,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return started;
}

const state = (eventId: string, channel: 'email' | 'sms') =>
  expect.poll(async () => (await env.deliveries.findOne({ eventId, channel }))?.state, patience);

test('texts a confirmed order to those with a phone', async () => {
  await using service = await env.start({ SMS_WEBHOOK_URL: webhook.url });
  expect(service.port).toBeGreaterThan(0);
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await state(id, 'sms').toBe('SENT');
  await state(id, 'email').toBe('SENT');
  expect(webhook.requests).toHaveLength(1);
  expect(webhook.requests[0]).toMatchObject({
    body: { id: `${id}.sms`, to: '+4915112345678', text: 'Tradewind: your order order-1 is confirmed.' },
    headers: { 'idempotency-key': `${id}.sms` },
  });
});

test('mails arrive while the text message provider is away, and the text when it is back', async () => {
  webhook.status = 503;
  await using service = await env.start({ SMS_WEBHOOK_URL: webhook.url });
  expect(service.port).toBeGreaterThan(0);
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await state(id, 'email').toBe('SENT');
  await expect.poll(() => webhook.requests.length, patience).toBeGreaterThan(1);
  await state(id, 'sms').toBe('PENDING');
  webhook.status = 200;
  await state(id, 'sms').toBe('SENT');
  expect(await env.deadLetters()).toBe(0);
});

test('a number that the provider refuses has failed', async () => {
  webhook.status = 422;
  await using service = await env.start({ SMS_WEBHOOK_URL: webhook.url });
  expect(service.port).toBeGreaterThan(0);
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await state(id, 'sms').toBe('FAILED');
  expect(webhook.requests).toHaveLength(1);
});

test('a text that the provider does not take at present does not hold up the others', async () => {
  await using service = await env.start({ SMS_WEBHOOK_URL: webhook.url });
  expect(service.port).toBeGreaterThan(0);
  webhook.statusOf.set('+4915112345678', 409);
  const waiting = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await expect.poll(() => webhook.requests.length, patience).toBeGreaterThan(0);
  const other = randomUUID();
  env.contacts.set(other, { email: undefined, phone: '+4915187654321', name: undefined });
  const id = await env.publish('order.confirmed', { orderId: 'order-2', userId: other });
  await state(id, 'sms').toBe('SENT');
  webhook.statusOf.clear();
  await state(waiting, 'sms').toBe('SENT');
});

test('sends the credentials of the URL as Basic authentication', async () => {
  const url = webhook.url.replace('//', '//shop:p%40ss@');
  await using service = await env.start({ SMS_WEBHOOK_URL: url });
  expect(service.port).toBeGreaterThan(0);
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await state(id, 'sms').toBe('SENT');
  const authorization = `Basic ${Buffer.from('shop:p@ss').toString('base64')}`;
  expect(webhook.requests[0]?.headers).toMatchObject({ authorization });
});

test('without a provider there are neither texts nor records of them', async () => {
  await using service = await env.start();
  expect(service.port).toBeGreaterThan(0);
  const id = await env.publish('order.confirmed', { orderId: 'order-1', userId });
  await state(id, 'email').toBe('SENT');
  expect(await env.deliveries.countDocuments({ channel: 'sms' })).toBe(0);
});
