import { startNats, type NatsServer } from '@tradewind/local/servers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { send, type Answer, type Problem, type Sent } from './harness.ts';
import { firstAdmin, startPlatform, type Platform } from './platform.ts';

let nats: NatsServer;
let platform: Platform;
let admin: string;
let ada: { id: string; token: string; refresh: string };

interface Json {
  readonly [field: string]: unknown;
}
interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
}
interface Page {
  readonly items: readonly Json[];
  readonly next_cursor: string | null;
}
interface Product extends Json {
  readonly id: string;
  readonly on_hand: number;
  readonly version: number;
}
interface Order extends Json {
  readonly id: string;
  readonly status: string;
}

const call = <T = Json>(path: string, sent?: Sent): Promise<Answer<T>> => send<T>(platform.url + path, sent);

async function login(who: string, password: string): Promise<Tokens> {
  const { status, body } = await call<Tokens>('/api/users/authenticate', { json: { login: who, password } });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

let skus = 0;
async function createProduct(initialStock: number): Promise<Product> {
  const json = {
    sku: `SKU-${(skus += 1)}`,
    name: `Phone ${skus}`,
    category: 'smartphones',
    price: { currency: 'EUR', amount: 49_900 },
    attributes: { colour: 'black', $gt: '', 'a.b': 'c' },
    initial_stock: initialStock,
  };
  const { status, headers, body } = await call<Product>('/api/products', { token: admin, json });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(headers.get('location')).toBe(`/api/products/${body.id}`);
  return body;
}

const place = (productId: string, quantity: number, key?: string) =>
  call<Order & Problem>('/api/orders', {
    token: ada.token,
    headers: key === undefined ? {} : { 'idempotency-key': key },
    json: { items: [{ product_id: productId, quantity }] },
  });

const onHand = async (id: string) => (await call<Product>(`/api/products/${id}`)).body.on_hand;

beforeAll(async () => {
  nats = await startNats();
  platform = await startPlatform(nats.url);
  admin = (await login(firstAdmin.login, firstAdmin.password)).access_token;
  const registered = await call<{ id: string }>('/register', {
    json: { email: 'ada@example.org', username: 'ada', password: 'correct horse', name: 'Ada' },
  });
  expect(registered.status).toBe(201);
  const tokens = await login('ada', 'correct horse');
  ada = { id: registered.body.id, token: tokens.access_token, refresh: tokens.refresh_token };
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

describe('people', () => {
  test('read and change themselves, by id, as me, and by the alias', async () => {
    const token = ada.token;
    const change = { method: 'PATCH', token, json: { name: 'Ada King' } };
    expect((await call('/api/users/me', change)).body['name']).toBe('Ada King');
    for (const path of ['/api/users/me', `/api/users/${ada.id}`, `/profile/${ada.id}`]) {
      const { status, body } = await call(path, { token });
      expect(status).toBe(200);
      expect(body).toEqual({
        id: ada.id,
        email: 'ada@example.org',
        username: 'ada',
        name: 'Ada King',
        phone: null,
        role: 'customer',
        created_at: expect.stringMatching(/Z$/) as string,
      });
    }
  });

  test('are not read by others, and listed and found by admins only', async () => {
    const { body } = await call<{ id: string }>('/api/users/me', { token: admin });
    expect((await call(`/api/users/${body.id}`, { token: ada.token })).status).toBe(403);
    expect((await call('/api/users', { token: ada.token })).status).toBe(403);
    const found = await call<Page>('/api/users?login=ada', { token: admin });
    expect(found.body.items).toMatchObject([{ id: ada.id }]);
    const first = await call<Page>('/api/users?limit=1', { token: admin });
    expect(first.body.items).toHaveLength(1);
    const next = await call<Page>(`/api/users?limit=1&cursor=${String(first.body.next_cursor)}`, {
      token: admin,
    });
    expect(next.body.items[0]).not.toEqual(first.body.items[0]);
  });

  test('cannot register twice, nor log in with a wrong password', async () => {
    const twice = await call('/api/users/register', { json: { username: 'ADA', password: 'correct horse' } });
    expect([twice.status, twice.body['code']]).toEqual([409, 'ALREADY_EXISTS']);
    const wrong = await call('/authenticate', {
      json: { email: 'ada@example.org', password: 'wrong horse' },
    });
    expect([wrong.status, wrong.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test.each([
    ['UTF-8, a tab and too much', `Лиса “1”\t${'x'.repeat(190)}🦊`, `Лиса “1” ${'x'.repeat(190)}\ufffd`],
    ['bytes that are not UTF-8', Buffer.from([0x46, 0x85, 0x78]), 'F\ufffdx'],
  ])('log in with any client: %s', async (_, agent, device) => {
    const { status, body } = await call<Tokens>('/api/users/authenticate', {
      headers: { 'user-agent': Buffer.from(agent).toString('latin1') },
      json: { login: 'ada', password: 'correct horse' },
    });
    expect(status, JSON.stringify(body)).toBe(200);
    const list = await call<Page>('/api/users/me/sessions', { token: body.access_token });
    expect(list.body.items).toContainEqual(expect.objectContaining({ device, current: true }));
  });

  test('see their sessions, refresh them and end them', async () => {
    const tokens = await login('ada@example.org', 'correct horse');
    const json = { refresh_token: tokens.refresh_token };
    const { status, body: fresh } = await call<Tokens>('/api/users/refresh', { json });
    expect(status).toBe(200);
    expect(fresh.session_id).toBe(tokens.session_id);
    const list = await call<Page>('/api/users/me/sessions', { token: fresh.access_token });
    expect(list.body.items).toContainEqual(expect.objectContaining({ id: tokens.session_id, current: true }));
    const logout = await call('/api/users/logout', { token: fresh.access_token, method: 'POST' });
    expect([logout.status, logout.body]).toEqual([204, '']);
    await vi.waitFor(
      async () => {
        expect((await call('/api/users/me', { token: fresh.access_token })).status).toBe(401);
      },
      { timeout: 6000, interval: 200 },
    );
  });

  test('become merchants by an admin', async () => {
    const { body } = await call<{ id: string }>('/register', {
      json: { username: 'merchant', password: 'correct horse' },
    });
    const change = { method: 'PUT', token: admin, json: { role: 'merchant' } };
    const { status, body: merchant } = await call(`/api/users/${body.id}/role`, change);
    expect([status, merchant['role']]).toEqual([200, 'merchant']);
    const deleted = await call(`/api/users/${body.id}`, { method: 'DELETE', token: admin });
    expect(deleted.status).toBe(204);
  });
});

describe('products', () => {
  test('are created, found, changed and archived, under each prefix', async () => {
    const product = await createProduct(5);
    expect(product['attributes']).toEqual({ colour: 'black', $gt: '', 'a.b': 'c' });
    for (const prefix of ['/api/products', '/products', '/api/inventory']) {
      expect((await call(`${prefix}/${product.id}`)).body).toMatchObject({ id: product.id, on_hand: 5 });
      const bySku = await call<Page>(`${prefix}?sku=${String(product['sku'])}`);
      expect(bySku.body.items).toMatchObject([{ id: product.id }]);
    }
    const query =
      '/api/products?q=phone&category=smartphones&min_price=1&max_price=50000&in_stock=true&sort=-price';
    expect((await call<Page>(`${query}&limit=100`)).body.items).toContainEqual(
      expect.objectContaining({ id: product.id }),
    );

    const path = `/api/products/${product.id}`;
    const change = (json: object) => call<Product>(path, { method: 'PATCH', token: admin, json });
    expect((await change({ price: { currency: 'EUR', amount: 1 } })).body['price']).toMatchObject({
      amount: 1,
    });
    const stale = await change({ name: 'Late', expected_version: product.version });
    expect([stale.status, stale.body['code']]).toEqual([409, 'VERSION_CONFLICT']);
    const foreign = await call(path, { method: 'PATCH', token: ada.token, json: { name: 'Mine' } });
    expect(foreign.status).toBe(403);
    expect((await call(path, { method: 'DELETE', token: admin })).status).toBe(204);
    expect((await call(path)).status).toBe(404);
    const archived = await call<Page>(`/products?sku=${String(product['sku'])}`);
    expect(archived.body.items).toMatchObject([{ id: product.id, archived: true }]);
  });

  test('with a sku that is taken are 409, unknown ones 404', async () => {
    const product = await createProduct(0);
    const json = { sku: product['sku'], name: 'x', category: 'x', price: { currency: 'EUR', amount: 1 } };
    expect((await call('/api/products', { token: admin, json })).status).toBe(409);
    expect((await call('/api/products/nothing')).status).toBe(404);
  });

  test('change stock once a key', async () => {
    const { id } = await createProduct(5);
    const change = (key: string, json: object) =>
      call(`/api/products/${id}/stock`, { token: admin, headers: { 'idempotency-key': key }, json });
    const first = await change('a', { delta: 3, reason: 'delivery' });
    expect(first.body).toMatchObject({
      on_hand: 8,
      movement: { quantity: 3, balance: 8, reason: 'delivery' },
    });
    expect((await change('a', { delta: 3, reason: 'delivery' })).body).toEqual(first.body);
    const reused = await change('a', { delta: 4 });
    expect([reused.status, reused.body['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect((await change('b', { up_to: 5 })).body).toEqual({ movement: null, on_hand: 8 });
    expect((await change('c', { set_to: 2 })).body).toMatchObject({ on_hand: 2, movement: { quantity: -6 } });
    expect((await change('d', { delta: -3 })).status).toBe(409);
    expect(await onHand(id)).toBe(2);
    const ledger = await call<Page>(`/api/products/${id}/movements`, { token: admin });
    expect(ledger.body.items.map(({ sequence, quantity }) => [sequence, quantity])).toEqual([
      [3, -6],
      [2, 3],
      [1, 5],
    ]);
  });
});

describe('orders', () => {
  test('are confirmed, lower stock, and give it back when cancelled', async () => {
    const { id } = await createProduct(5);
    const placed = await place(id, 2, 'order-1');
    expect(placed.status, JSON.stringify(placed.body)).toBe(201);
    const path = String(placed.headers.get('location'));
    expect(placed.body).toMatchObject({
      status: 'CONFIRMED',
      user_id: ada.id,
      total: { currency: 'EUR', amount: 99_800 },
      items: [{ product_id: id, quantity: 2, unit_price: 49_900 }],
      shortages: [],
    });
    await vi.waitFor(async () => {
      expect(await onHand(id)).toBe(3);
    });
    const repeated = await place(id, 2, 'order-1');
    expect([repeated.status, repeated.body.id]).toEqual([201, placed.body.id]);
    const reused = await place(id, 3, 'order-1');
    expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);

    expect((await call(path, { token: ada.token })).body).toEqual(placed.body);
    const list = await call<Page>('/orders?status=CONFIRMED', { token: ada.token });
    expect(list.body.items).toContainEqual(expect.objectContaining({ id: placed.body.id }));

    const cancelled = await call<Order>(path, { method: 'DELETE', token: ada.token });
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'CANCELLED']);
    await vi.waitFor(async () => {
      expect(await onHand(id)).toBe(5);
    });
    const afterwards = await place(id, 2, 'order-1');
    expect([afterwards.status, afterwards.body.code]).toEqual([409, 'ORDER_CANCELLED']);
  });

  test('beyond what is in stock are 409 with the shortages', async () => {
    const { id } = await createProduct(1);
    const { status, body } = await place(id, 2);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'OUT_OF_STOCK',
      shortages: [{ product_id: id, requested: 2, available: 1, reason: 'OUT_OF_STOCK' }],
    });
  });

  test('of twenty at once for ten units, ten are confirmed', async () => {
    const { id } = await createProduct(10);
    const answers = await Promise.all(Array.from({ length: 20 }, () => place(id, 1)));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array.from({ length: 10 }, () => 201),
      ...Array.from({ length: 10 }, () => 409),
    ]);
    await vi.waitFor(async () => {
      expect(await onHand(id)).toBe(0);
    });
  });

  test('with a wrong total or an unknown product are refused', async () => {
    const { id } = await createProduct(5);
    const json = { items: [{ product_id: id, quantity: 1 }], total: { currency: 'EUR', amount: 1 } };
    const wrong = await call('/orders', { token: ada.token, json });
    expect([wrong.status, wrong.body['code']]).toEqual([422, 'TOTAL_MISMATCH']);
    const unknown = await place('nothing', 1);
    expect(unknown.status).toBeLessThan(500);
    expect(unknown.status).toBeGreaterThanOrEqual(400);
  });

  test('are completed by admins, at both paths, and changed by nobody after that', async () => {
    const { id } = await createProduct(5);
    const { body: order } = await place(id, 1);
    const complete = { method: 'PATCH', json: { status: 'COMPLETED' } };
    expect((await call(`/orders/${order.id}`, { ...complete, token: ada.token })).status).toBe(403);
    for (const path of [`/orders/${order.id}`, `/api/orders/${order.id}/status`]) {
      const { status, body } = await call(path, { ...complete, token: admin });
      expect([status, body['status']]).toEqual([200, 'COMPLETED']);
    }
    const late = await call(`/api/orders/${order.id}`, {
      method: 'PATCH',
      token: ada.token,
      json: { note: 'x' },
    });
    expect([late.status, late.body['code']]).toEqual([409, 'ILLEGAL_STATE']);
    const backwards = { method: 'PATCH', token: admin, json: { status: 'PENDING' } };
    expect((await call(`/api/orders/${order.id}/status`, backwards)).status).toBeGreaterThanOrEqual(400);
  });
});
