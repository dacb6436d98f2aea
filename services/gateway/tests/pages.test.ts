import { StockLevelChanged } from '@tradewind/proto/events/v1/events';
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
let stored: Product[];
let reads: number;
let category = 0;

beforeAll(async () => {
  server = await startNats();
  nats = await connect({ servers: server.url });
  gateway = await startTestGateway({ natsUrl: server.url });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await nats.close();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  category += 1;
  stored = [product({ id: `list-${category}` })];
  reads = 0;
  gateway.behaviour.products = {
    listProducts: () => {
      reads += 1;
      return Promise.resolve({ products: stored, nextPageToken: 'next' });
    },
    createProduct: (request) => {
      const created = product({ ...request, id: `new-${category}` });
      stored = [created, ...stored];
      return Promise.resolve(created);
    },
  };
});

interface Page {
  readonly items: readonly { readonly id: string; readonly on_hand: number }[];
  readonly next_cursor: string | null;
}

const list = () => gateway.send<Page>(`/api/products?category=${category}`);

test('a page is answered from memory the second time', async () => {
  const { status, headers, body } = await list();
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(body).toMatchObject({ items: [{ id: `list-${category}`, on_hand: 10 }], next_cursor: 'next' });
  expect((await list()).body).toEqual(body);
  expect(reads).toBe(1);
});

test('a page is read again once a change of stock that it shows is heard', async () => {
  await list();
  const [shown] = stored;
  if (!shown) throw new Error('nothing is stored');
  stored = [{ ...shown, onHand: 3, levelVersion: 2 }];
  const event = { productId: shown.id, sku: shown.sku, onHand: 3, version: 2 };
  nats.publish(`stock.level.${shown.id}`, JSON.stringify(StockLevelChanged.toJSON(event)));
  await vi.waitFor(async () => {
    expect((await list()).body.items[0]?.on_hand).toBe(3);
  });
});

test('whoever creates a product finds it in the list', async () => {
  await list();
  const token = await gateway.issuer.tokenFor(ada);
  const json = { sku: 'NEW', name: 'New', category: 'new', price: { currency: 'EUR', amount: 1 } };
  const { status } = await gateway.send('/api/products', { token, json });
  expect(status).toBe(201);
  expect((await list()).body.items.map(({ id }) => id)).toEqual([`new-${category}`, `list-${category}`]);
});
