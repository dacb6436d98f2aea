import { ProductState, StockLevelChanged } from '@tradewind/proto/events/v1/events';
import type { Product } from '@tradewind/proto/inventory/v1/inventory';
import { startNats, type NatsServer } from '@tradewind/local/servers';
import { connect, type NatsConnection } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { product } from './fixtures.ts';
import { startTestGateway, type TestGateway } from './harness.ts';
import { ada } from './tokens.ts';

let server: NatsServer;
let nats: NatsConnection;
let gateway: TestGateway;
let stored: Product;
let reads: number;
let productCount = 0;

beforeAll(async () => {
  server = await startNats();
  nats = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  gateway = await startTestGateway({ natsUrl: server.url });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await nats.close();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  productCount += 1;
  stored = product({ id: `p${productCount}` });
  reads = 0;
  gateway.behaviour.products = {
    getProductById: () => {
      reads += 1;
      return Promise.resolve(stored);
    },
    updateProduct: () => {
      stored = { ...stored, version: stored.version + 1, name: 'New name' };
      return Promise.resolve(stored);
    },
  };
});

const get = (headers: Record<string, string> = {}) =>
  gateway.send<Record<string, unknown>>(`/api/products/${stored.id}`, { headers });

const tellLevel = (onHand: number, version: number) => {
  const event = { productId: stored.id, sku: stored.sku, onHand, version };
  nats.publish(`stock.level.${stored.id}`, JSON.stringify(StockLevelChanged.toJSON(event)));
};

test('is answered from memory the second time, with the same bytes for the aliases', async () => {
  const { status, body, headers } = await get();
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('application/json');
  expect(body).toEqual({
    id: stored.id,
    sku: 'PHONE-128',
    name: 'Phone, 128 GB',
    description: 'A phone.',
    category: 'smartphones',
    price: { currency: 'EUR', amount: 49_900 },
    attributes: { colour: 'black' },
    owner_id: 'user-bob',
    archived: false,
    version: 1,
    on_hand: 10,
    created_at: '2026-01-31T12:00:00.000Z',
    updated_at: '2026-01-31T12:00:00.000Z',
  });
  for (const path of ['/api/products', '/products', '/api/inventory']) {
    expect((await gateway.send(`${path}/${stored.id}`)).body).toEqual(body);
  }
  expect(reads).toBe(1);
});

test('is 304 for who has it already', async () => {
  const etag = (await get()).headers.get('etag') ?? '';
  expect(etag).toBe('W/"1.1"');
  for (const names of [etag, '"1.1"', `"x", ${etag}`, '*']) {
    const { status, body, headers } = await get({ 'if-none-match': names });
    expect([status, body, headers.get('etag')]).toEqual([304, '', etag]);
  }
  expect((await get({ 'if-none-match': 'W/"1.0"' })).status).toBe(200);
});

test('is read again once a change of its stock is heard', async () => {
  await get();
  stored = { ...stored, onHand: 7, levelVersion: 2 };
  tellLevel(7, 2);
  await vi.waitFor(async () => {
    expect((await get()).body['on_hand']).toBe(7);
  });
});

test('is read again once a change of its fields is heard', async () => {
  await get();
  stored = { ...stored, name: 'Other', version: 2 };
  const event = {
    productId: stored.id,
    version: 2,
    sku: stored.sku,
    name: 'Other',
    category: '',
    currency: 'EUR',
    unitPrice: 1,
    archived: false,
  };
  nats.publish(`product.state.${stored.id}`, JSON.stringify(ProductState.toJSON(event)));
  await vi.waitFor(async () => {
    expect((await get()).body['name']).toBe('Other');
  });
});

test('an answer older than the last change heard is not kept', async () => {
  tellLevel(3, 5);
  await nats.flush();
  // Another read shows that the gateway has heard it: what it keeps is not served.
  await vi.waitFor(async () => {
    const before = reads;
    await get();
    await get();
    expect(reads).toBe(before + 2);
  });
  stored = { ...stored, onHand: 3, levelVersion: 5 };
  await get();
  const before = reads;
  await get();
  expect(reads).toBe(before);
});

test('whoever changes a product reads the change', async () => {
  await get();
  const token = await gateway.issuer.tokenFor(ada);
  const path = `/api/products/${stored.id}`;
  await gateway.send(path, { token, method: 'PATCH', json: { name: 'New name' } });
  expect((await get()).body['name']).toBe('New name');
});

test('is not kept while NATS is away, and kept again when it is back', async () => {
  await get();
  await server.stop();
  await vi.waitFor(async () => {
    const before = reads;
    await get();
    expect(reads).toBe(before + 1);
  });
  stored = { ...stored, onHand: 1, levelVersion: 9 };
  expect((await get()).body['on_hand']).toBe(1);
  await server.restart();
  await vi.waitFor(
    async () => {
      await get();
      const before = reads;
      await get();
      expect(reads).toBe(before);
    },
    { timeout: 5_000 },
  );
});
