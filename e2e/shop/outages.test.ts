import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Program, ServiceName } from '@tradewind/local/platform';
import { eventually } from '../kit/eventually.ts';
import { expectStatus, type Answer } from '../kit/http.ts';
import { keepOrdering } from '../kit/keep-ordering.ts';
import type { Order, Product } from '../kit/rest.ts';
import { startShop, type Person, type Shop } from '../kit/shop.ts';

let shop: Shop;
let ada: Person;
let product: Product;
beforeAll(async () => {
  shop = await startShop();
  ada = await shop.customer();
  product = await shop.product(1_000);
});
afterAll(() => shop[Symbol.asyncDispose]());

const order = (quantity = 1) => shop.order(ada, product, quantity);
const service = (name: ServiceName) => shop.platform.services[name];

/** Stops programs, until `end` or else the end of the test. */
async function outageOf(...programs: readonly Program[]) {
  await Promise.all(programs.map((program) => program.stop()));
  const end = async () => {
    await Promise.all(programs.map((program) => program.start()));
  };
  return { end, [Symbol.asyncDispose]: end };
}

function expectPending({ status, headers, body }: Answer<Order>): Order {
  expect(status).toBe(202);
  expect(headers.get('location')).toBe(`/api/orders/${body.id}`);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(body.status).toBe('PENDING');
  return body;
}

function expectUnavailable({ status, headers, body }: Answer<unknown>): void {
  expect(status).toBe(503);
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(body).toMatchObject({ status: 503, code: 'UNAVAILABLE', detail: expect.any(String) as string });
}

const expectConfirmed = async ({ id }: Order, within?: number) => {
  expect((await shop.settled(ada, id, within)).status).toBe('CONFIRMED');
};

/** The ledger has no gap, its sum and its newest balance are what is on hand. */
async function expectBalanced(of: Product): Promise<number> {
  const rows = await shop.movements(of);
  const sum = rows.reduce((total, { quantity }) => total + quantity, 0);
  expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, at) => rows.length - at));
  expect(rows[0]?.balance).toBe(sum);
  await eventually(async () => (await shop.onHand(of)) === sum);
  return sum;
}

describe('while inventory is stopped', () => {
  test('an order is accepted as PENDING, and CONFIRMED when inventory is back', async () => {
    await using outage = await outageOf(service('inventory'), service('inventory-consumer'));
    const accepted = expectPending(await order());
    await outage.end();
    await expectConfirmed(accepted);
  });

  test('all of JetStream can be deleted: the accepted order is CONFIRMED all the same', async () => {
    await using outage = await outageOf(service('inventory-consumer'));
    const accepted = expectPending(await order());
    const { nats } = shop.platform.servers;
    await using loss = await outageOf(nats.program);
    await rm(join(nats.dir, 'data'), { recursive: true });
    await loss.end();
    await outage.end();
    await expectConfirmed(accepted);
    await eventually(async () => (await order()).status === 201);
    await expectBalanced(product);
  });
});

test('while Redis is stopped, logging in is 503, and browsing and ordering go on', async () => {
  await using outage = await outageOf(shop.platform.servers.redis.program);
  const credentials = { login: ada.email, password: ada.password };
  const logIn = () => shop.send<unknown>('/api/users/authenticate', { json: credentials });
  expectUnavailable(await logIn());
  expectUnavailable(await shop.send('/api/users/refresh', { json: { refresh_token: ada.refreshToken } }));
  expectStatus(200, await shop.send('/api/products?q=thing'));
  expectStatus(200, await shop.send(`/api/products/${product.id}`));
  expectStatus(200, await shop.send('/api/users/me', { token: ada.token }));
  await shop.confirmedOrder(ada, product, 1);
  await outage.end();
  await eventually(async () => (await logIn()).status === 200);
});

test('while NATS is stopped, orders are accepted, and settled afterwards', async () => {
  await using outage = await outageOf(shop.platform.servers.nats.program);
  const answers = await Promise.all(Array.from({ length: 5 }, () => order()));
  const accepted = answers.map(expectPending);
  await outage.end();
  for (const one of accepted) await expectConfirmed(one);
  await expectBalanced(product);
});

test('while the mail server is stopped, mails wait: each arrives later, and once', async () => {
  await using outage = await outageOf(shop.platform.mail);
  const { id } = await shop.confirmedOrder(ada, product, 1);
  expectStatus(200, await shop.send(`/api/orders/${id}`, { method: 'DELETE', token: ada.token }));
  await outage.end();
  const deliveries = shop.mongo.db('tradewind_notification').collection('deliveries');
  await eventually(async () => (await shop.mailsAbout(ada, id)).length >= 2);
  await eventually(async () => (await deliveries.countDocuments({ state: 'PENDING' })) === 0);
  const mails = await shop.mailsAbout(ada, id);
  expect(mails.map(({ subject }) => subject.split(':')[0]).toSorted()).toEqual(['Cancelled', 'Confirmed']);
});

test('while MongoDB is stopped, answers are 503 with Retry-After, and everything recovers by itself', async () => {
  const before = await expectBalanced(product);
  const pids = Object.values(shop.platform.services).map(({ pid }) => pid);
  await using outage = await outageOf(shop.platform.servers.mongo.program);
  const key = randomUUID();
  const json = { items: [{ product_id: product.id, quantity: 1 }] };
  const place = () => shop.send<Order>('/api/orders', { token: ada.token, key, json });
  const refused = await Promise.all([
    place(),
    shop.send('/api/products'),
    shop.send('/api/orders', { token: ada.token }),
    shop.send(`/api/products/${product.id}/movements`, { token: shop.admin.token }),
    shop.send('/api/users/authenticate', { json: { login: ada.email, password: ada.password } }),
  ]);
  refused.forEach(expectUnavailable);
  await outage.end();
  const { id } = await eventually(async () => {
    const answer = await place();
    return [201, 202].includes(answer.status) && answer.body;
  });
  expect((await shop.settled(ada, id)).status).toBe('CONFIRMED');
  await shop.logIn(ada.email, ada.password);
  expect(await expectBalanced(product)).toBe(before - 1);
  expect(Object.values(shop.platform.services).map(({ pid }) => pid)).toEqual(pids);
});

test('when each service in turn is killed under load, every accepted order settles and no unit is lost', async () => {
  const products = await Promise.all([shop.product(10_000), shop.product(60)]);
  const loads = products.map((one) => keepOrdering(shop, ada, one));
  for (const program of Object.values(shop.platform.services)) {
    const { pid } = program;
    const placedBefore = loads.map(({ placed }) => placed.size);
    await program.kill('SIGKILL');
    await eventually(() => Promise.resolve(program.pid !== undefined && program.pid !== pid));
    await program.ready();
    // Orders go on before the next one is killed.
    await eventually(() => Promise.resolve((loads[0]?.placed.size ?? 0) > (placedBefore[0] ?? 0)));
  }
  for (const [at, load] of loads.entries()) {
    const one = products[at] as Product;
    const placed = await load.stop();
    expect(placed.size).toBeGreaterThan(0);
    let sold = 0;
    for (const id of placed) {
      // What a killed process held comes again after its ack wait, and what it owed after 30 seconds or a minute.
      const { status } = await shop.settled(ada, id, 120_000);
      expect(['CONFIRMED', 'CANCELLED']).toContain(status);
      if (status === 'CONFIRMED') sold += 1;
    }
    expect(await expectBalanced(one)).toBe(one.on_hand - sold);
  }
}, 240_000);
