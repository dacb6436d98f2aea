import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { expectStatus, type Sent } from '../kit/http.ts';
import { connectServices } from '../kit/services.ts';
import type { Order, Page, Product, Tokens, User } from '../kit/rest.ts';
import { startShop, type Person, type Shop } from '../kit/shop.ts';

let shop: Shop;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  shop = await startShop();
  [ada, grace] = await Promise.all([shop.customer(), shop.customer()]);
});
afterAll(() => shop[Symbol.asyncDispose]());

const fiftyTimes = <T>(request: () => Promise<T>) => Promise.all(Array.from({ length: 50 }, request));
const newProduct = () => ({
  sku: `SKU-${randomUUID()}`,
  name: 'Thing',
  category: 'things',
  price: { currency: 'EUR', amount: 1_000 },
  initial_stock: 10,
});
const statusOf = async (path: string, sent: Sent) => (await shop.send(path, sent)).status;

describe('an Idempotency-Key', () => {
  test('of an order, sent 50 times at once, gives one order id in 50 answers and one movement', async () => {
    const product = await shop.product(100);
    const before = await shop.movements(product);
    const json = { items: [{ product_id: product.id, quantity: 2 }] };
    const place = (body = json) =>
      shop.send<Order>('/api/orders', { token: ada.token, key: 'fifty-orders', json: body });
    const answers = await fiftyTimes(() => place());
    expect(answers.filter(({ status }) => status !== 201 && status !== 202)).toEqual([]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const { id } = answers[0]?.body as Order;
    await shop.settled(ada, id);
    const [movement, ...others] = await shop.movements(product);
    expect(movement).toMatchObject({ kind: 'ORDER', source: id, quantity: -2 });
    expect(others).toEqual(before);

    const other = await place({ items: [{ product_id: product.id, quantity: 3 }] });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED', order_id: id } });
    expect(await shop.movements(product)).toHaveLength(before.length + 1);
  });

  test('of a stock change, sent 50 times at once, books one movement', async () => {
    const product = await shop.product(10);
    const before = await shop.movements(product);
    const change = (delta: number) =>
      shop.send<{ readonly movement: unknown }>(`/api/products/${product.id}/stock`, {
        token: shop.admin.token,
        key: 'fifty-changes',
        json: { delta },
      });
    const answers = await fiftyTimes(() => change(5));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const [movement, ...others] = await shop.movements(product);
    expect(movement).toMatchObject({ kind: 'ADJUSTMENT', quantity: 5 });
    expect(answers.every(({ body }) => JSON.stringify(body.movement) === JSON.stringify(movement))).toBe(
      true,
    );
    expect(others).toEqual(before);
    expect(await change(6)).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });
});

describe('roles and ownership', () => {
  test('a customer neither creates products, nor changes stock, nor sees a ledger, users or the mailer', async () => {
    const { id } = await shop.product(1);
    const { token } = ada;
    const mail = { to_email: 'ada@example.com', subject: 'Hello', html_body: 'Hello' };
    const refused = await Promise.all([
      shop.send('/api/products', { token, json: newProduct() }),
      shop.send(`/api/products/${id}`, { method: 'PATCH', token, json: { name: 'Mine' } }),
      shop.send(`/api/products/${id}/stock`, { token, key: 'k', json: { delta: 1 } }),
      shop.send(`/api/products/${id}/movements`, { token }),
      shop.send('/api/users', { token }),
      shop.send('/api/email', { token, json: mail }),
      shop.send(`/api/users/${ada.id}/role`, { method: 'PUT', token, json: { role: 'admin' } }),
    ]);
    for (const { status, body } of refused) {
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'PERMISSION_DENIED' });
    }
  });

  test('a merchant changes its own products, and nobody else’s', async () => {
    const [owner, rival] = await Promise.all([shop.merchant(), shop.merchant()]);
    const created = await shop.send<Product>('/api/products', { token: owner.token, json: newProduct() });
    const path = `/api/products/${expectStatus(201, created).id}`;
    const changes: readonly (readonly [string, Omit<Sent, 'token'>, number])[] = [
      [path, { method: 'PATCH', json: { name: 'Better thing' } }, 200],
      [`${path}/stock`, { key: 'refill', json: { delta: 1 } }, 200],
      [`${path}/movements`, {}, 200],
      [path, { method: 'DELETE' }, 204],
    ];
    for (const [target, sent] of changes) {
      expect(await statusOf(target, { ...sent, token: rival.token }), target).toBe(403);
    }
    for (const [target, sent, status] of changes) {
      expect(await statusOf(target, { ...sent, token: owner.token }), target).toBe(status);
    }
  });

  test('orders and profiles are for their owner and admins', async () => {
    const { id } = await shop.confirmedOrder(ada, await shop.product(5), 1);
    const json = { status: 'CANCELLED' };
    const private_: readonly (readonly [string, Omit<Sent, 'token'>])[] = [
      [`/api/orders/${id}`, {}],
      [`/api/orders/${id}`, { method: 'PATCH', json: { note: 'mine' } }],
      [`/api/orders/${id}/status`, { method: 'PATCH', json }],
      [`/api/orders/${id}`, { method: 'DELETE' }],
      [`/api/users/${ada.id}`, {}],
      [`/api/users/${ada.id}`, { method: 'PATCH', json: { name: 'Mine' } }],
      [`/api/users/${ada.id}`, { method: 'DELETE' }],
    ];
    for (const [path, sent] of private_) {
      expect(await statusOf(path, { ...sent, token: grace.token }), path).toBe(403);
    }
    for (const { token } of [ada, shop.admin]) {
      expect(await statusOf(`/api/orders/${id}`, { token })).toBe(200);
      expect(await statusOf(`/api/users/${ada.id}`, { token })).toBe(200);
    }
    const mine = await shop.send<Page<Order>>('/api/orders', { token: grace.token });
    expect(expectStatus(200, mine).items.filter(({ user_id: owner }) => owner !== grace.id)).toEqual([]);
  });
});

describe('sessions', () => {
  test('a new role ends the sessions with the old one, and counts from the next log-in', async () => {
    const person = await shop.customer();
    const role = { method: 'PUT', token: shop.admin.token, json: { role: 'merchant' } };
    const changed = await shop.send<User>(`/api/users/${person.id}/role`, role);
    expect(expectStatus(200, changed).role).toBe('merchant');
    const refresh = { json: { refresh_token: person.refreshToken } };
    expect(await statusOf('/api/users/refresh', refresh)).toBe(401);
    await eventually(async () => (await statusOf('/api/users/me', { token: person.token })) === 401);
    const merchant = await shop.logIn(person.email, person.password);
    expect(merchant.role).toBe('merchant');
    expect(await statusOf('/api/products', { token: merchant.token, json: newProduct() })).toBe(201);
  });

  test('logging out ends the access token on every service within five seconds', async () => {
    await using services = await connectServices(shop);
    const person = await shop.customer();
    const { token } = person;
    const mail = { toEmail: 'ada@example.com', subject: 'Hello', htmlBody: 'Hello' };
    const calls: readonly (() => Promise<unknown>)[] = [
      () => services.users.getUserProfile({ userId: person.id }, { token }),
      () => services.orders.getOrder({ id: 'nothing' }, { token }),
      () => services.stock.getMovements({ productId: 'nothing', pageSize: 1, pageToken: '' }, { token }),
      () => services.mailer.sendEmail(mail, { token }),
      () =>
        shop
          .send('/api/orders', { token })
          .then(({ status, body }) => (status === 401 ? Promise.reject(new Refusal(body.code)) : status)),
    ];
    const codes = () => Promise.all(calls.map((call) => call().then(() => 'OK', codeOf)));
    expect(await codes()).toEqual(['OK', 'NOT_FOUND', 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'OK']);
    expect(await statusOf('/api/users/logout', { method: 'POST', token })).toBe(204);
    await eventually(async () => (await codes()).every((code) => code === 'UNAUTHENTICATED'), {
      within: 5_000,
    });
    const refresh = { json: { refresh_token: person.refreshToken } };
    expect(await statusOf('/api/users/refresh', refresh)).toBe(401);
  });

  test('somebody else’s session cannot be ended', async () => {
    const sessions = await shop.send<Page<{ id: string }>>('/api/users/me/sessions', { token: ada.token });
    const { id } = expectStatus(200, sessions).items[0] ?? { id: 'none' };
    await shop.send(`/api/users/me/sessions/${id}`, { method: 'DELETE', token: grace.token });
    const refreshed = await shop.send<Tokens>('/api/users/refresh', {
      json: { refresh_token: ada.refreshToken },
    });
    expect(expectStatus(200, refreshed).session_id).toBe(id);
  });
});

test('the short paths do what the long ones do, and PATCH /orders/:id sets the status', async () => {
  const json = { email: `${randomUUID()}@example.com`, password: randomUUID() };
  const { id } = expectStatus(201, await shop.send<User>('/register', { json }));
  const { access_token: token } = expectStatus(200, await shop.send<Tokens>('/authenticate', { json }));
  expect(expectStatus(200, await shop.send<User>(`/profile/${id}`, { token })).email).toBe(json.email);

  const creation = { token: shop.admin.token, json: newProduct() };
  const product = expectStatus(201, await shop.send<Product>('/products', creation));
  for (const path of ['/products', '/api/inventory', '/api/products']) {
    expect(expectStatus(200, await shop.send<Product>(`${path}/${product.id}`)).sku).toBe(product.sku);
    const found = await shop.send<Page<Product>>(`${path}?sku=${product.sku}`);
    expect(expectStatus(200, found).items.map((one) => one.id)).toEqual([product.id]);
  }
  const refill = { token: shop.admin.token, key: 'short', json: { delta: 5 } };
  expectStatus(200, await shop.send(`/api/inventory/${product.id}/stock`, refill));

  const items = [{ product_id: product.id, quantity: 1 }];
  const placed = await shop.send<Order>('/orders', { token, json: { items } });
  expect([201, 202]).toContain(placed.status);
  const path = `/orders/${placed.body.id}`;
  await eventually(async () => (await shop.send<Order>(path, { token })).body.status === 'CONFIRMED');
  const list = expectStatus(200, await shop.send<Page<Order>>('/orders', { token }));
  expect(list.items.map((one) => one.id)).toEqual([placed.body.id]);
  const complete = { method: 'PATCH', json: { status: 'COMPLETED' } };
  expect(await statusOf(path, { ...complete, token })).toBe(403);
  const completed = await shop.send<Order>(path, { ...complete, token: shop.admin.token });
  expect(expectStatus(200, completed).status).toBe('COMPLETED');
});

/** An HTTP refusal that reads like one of gRPC. */
class Refusal extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : String(error));
