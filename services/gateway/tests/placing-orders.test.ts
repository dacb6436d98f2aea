import { setTimeout as delay } from 'node:timers/promises';
import { OrderCancelled, OrderConfirmed } from '@tradewind/proto/events/v1/events';
import type { CreateOrderRequest, Order } from '@tradewind/proto/order/v1/order';
import { startNats, type NatsServer } from '@tradewind/local/servers';
import { connect, headers, type NatsConnection, type PublishOptions } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { order } from './fixtures.ts';
import { startTestGateway, type TestGateway } from './harness.ts';
import { ada } from './tokens.ts';

let server: NatsServer;
let nats: NatsConnection;
let gateway: TestGateway;
let token: string;
let requests: CreateOrderRequest[];

beforeAll(async () => {
  server = await startNats();
  nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  gateway = await startTestGateway({ natsUrl: server.url, decisionWaitMs: 1500 });
  token = await gateway.issuer.tokenFor(ada);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await nats.close();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  requests = [];
});

interface Script {
  /** What CreateOrder answers; `before` runs before it does. */
  readonly placed: Order;
  readonly before?: () => Promise<void>;
  /** What GetOrder answers. */
  readonly read?: () => Order;
}

function play({ placed, before, read }: Script): void {
  gateway.behaviour.orders = {
    async createOrder(request) {
      requests.push(request);
      await before?.();
      return placed;
    },
    getOrder: () => Promise.resolve((read ?? (() => placed))()),
  };
}

const place = (headers: Record<string, string> = {}, extra: object = {}) =>
  gateway.send<Record<string, unknown>>('/api/orders', {
    token,
    headers,
    json: { items: [{ product_id: 'p1', quantity: 2 }], ...extra },
  });

const confirm = (orderId: string, options?: PublishOptions) => {
  const event = OrderConfirmed.toJSON({ orderId, userId: ada.userId });
  nats.publish('order.confirmed', JSON.stringify(event), options);
};

test('a confirmed order is 201 with its place and its present state', async () => {
  let confirmed = false;
  const placed = order('o-confirmed', 'ORDER_STATUS_PENDING');
  play({
    placed,
    read: () => (confirmed ? order('o-confirmed', 'ORDER_STATUS_CONFIRMED') : placed),
    before: () => {
      setTimeout(() => {
        confirmed = true;
        confirm('o-confirmed');
      }, 50);
      return Promise.resolve();
    },
  });
  const { status, headers, body } = await place({ 'idempotency-key': 'key-1' });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe('/api/orders/o-confirmed');
  expect(body).toMatchObject({
    id: 'o-confirmed',
    status: 'CONFIRMED',
    total: { currency: 'EUR', amount: 99_800 },
    items: [{ product_id: 'p1', quantity: 2, unit_price: 49_900 }],
  });
  expect(requests).toMatchObject([{ idempotencyKey: 'key-1', items: [{ productId: 'p1', quantity: 2 }] }]);
});

test('a decision that arrives before CreateOrder has answered is not lost', async () => {
  play({
    placed: order('o-early', 'ORDER_STATUS_PENDING'),
    read: () => order('o-early', 'ORDER_STATUS_CONFIRMED'),
    before: async () => {
      confirm('o-early');
      await nats.flush();
      // So that it has reached the gateway too.
      await delay(50);
    },
  });
  const startedAt = performance.now();
  expect((await place()).status).toBe(201);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('a confirmation whose headers cannot be read is heard, and so is the next one', async () => {
  // The client library itself would not write a name with a blank.
  const unreadable = Object.assign(headers(), {
    encode: () => Buffer.from('NATS/1.0\r\na b: c\r\n\r\n'),
  });
  for (const [id, options] of [['o-unreadable', { headers: unreadable }], ['o-next']] as const) {
    const pending = order(id, 'ORDER_STATUS_PENDING');
    let reads = 0;
    play({
      placed: pending,
      // Who has heard nothing looks once, at the end.
      read: () => ((reads += 1) === 1 ? pending : order(id, 'ORDER_STATUS_CONFIRMED')),
      before: () => {
        confirm(id, options);
        return Promise.resolve();
      },
    });
    expect((await place()).status).toBe(201);
  }
});

test('an order that stock refuses is 409 with the shortages', async () => {
  const shortages = [{ productId: 'p1', requested: 2, available: 1, reason: 'OUT_OF_STOCK' }];
  play({
    placed: order('o-short', 'ORDER_STATUS_PENDING'),
    read: () => order('o-short', 'ORDER_STATUS_CANCELLED', { shortages }),
    before: () => {
      const event = { orderId: 'o-short', userId: ada.userId, shortages, reason: '' };
      nats.publish('order.cancelled', JSON.stringify(OrderCancelled.toJSON(event)));
      return Promise.resolve();
    },
  });
  const { status, headers, body } = await place();
  expect(status).toBe(409);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({
    code: 'OUT_OF_STOCK',
    order_id: 'o-short',
    shortages: [{ product_id: 'p1', requested: 2, available: 1, reason: 'OUT_OF_STOCK' }],
  });
});

test('an order that somebody cancelled is 409 ORDER_CANCELLED', async () => {
  const actions = [{ action: 'CANCELLED', at: new Date(), actor: ada.userId, detail: 'changed my mind' }];
  play({ placed: order('o-gone', 'ORDER_STATUS_CANCELLED', { actions }) });
  const { status, body } = await place();
  expect(status).toBe(409);
  expect(body).toMatchObject({ code: 'ORDER_CANCELLED', order_id: 'o-gone' });
  expect(body['detail']).toContain('changed my mind');
});

test('an order that nobody decides is 202 with where and when to look', async () => {
  play({ placed: order('o-slow', 'ORDER_STATUS_PENDING') });
  const { status, headers, body } = await place();
  expect(status).toBe(202);
  expect(headers.get('location')).toBe('/api/orders/o-slow');
  expect(headers.get('retry-after')).toBe('1');
  expect(body['status']).toBe('PENDING');
});

test('a repeat of a key answers with the order as it is now, completed too', async () => {
  play({ placed: order('o-done', 'ORDER_STATUS_COMPLETED') });
  const { status, body } = await place({ 'idempotency-key': 'key-1' });
  expect([status, body['status']]).toEqual([201, 'COMPLETED']);
});

test('an accepted order that cannot be read is 202, not an error', async () => {
  play({ placed: order('o-blind', 'ORDER_STATUS_PENDING') });
  gateway.behaviour.orders = {
    ...gateway.behaviour.orders,
    getOrder: () => Promise.reject(new Error('away')),
  };
  confirm('o-blind');
  expect((await place()).status).toBe(202);
});

test('ordering for somebody else is 403, for oneself by name it is allowed', async () => {
  play({ placed: order('o-own', 'ORDER_STATUS_CONFIRMED') });
  expect((await place({}, { user_id: 'user-eve' })).status).toBe(403);
  expect(requests).toHaveLength(0);
  expect((await place({}, { user_id: ada.userId })).status).toBe(201);
});

test.each(['', 'with space', 'ü', 'x'.repeat(201)])('the key "%s" is refused', async (key) => {
  play({ placed: order('o-never', 'ORDER_STATUS_CONFIRMED') });
  const { status, body } = await place({ 'idempotency-key': Buffer.from(key).toString('latin1') });
  expect([status, body['code']]).toEqual([400, 'INVALID_ARGUMENT']);
  expect(requests).toHaveLength(0);
});

test('orders are decided while NATS is away, by looking', async () => {
  let reads = 0;
  const placed = order('o-polled', 'ORDER_STATUS_PENDING');
  play({
    placed,
    read: () => (++reads < 3 ? placed : order('o-polled', 'ORDER_STATUS_CONFIRMED')),
  });
  await server.stop();
  try {
    expect((await place()).status).toBe(201);
    expect(reads).toBe(3);
  } finally {
    await server.restart();
  }
});
