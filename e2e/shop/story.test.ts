import { ApiClient } from '@tradewind/cli/api';
import { runDemo, type DemoStory } from '@tradewind/cli/demo';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { expectStatus } from '../kit/http.ts';
import type { Order, Product, Tokens } from '../kit/rest.ts';
import { startShop, type Shop } from '../kit/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const playDemo = (): Promise<DemoStory> => {
  const { url, admin: credentials, mailUrl } = shop.platform;
  const { signal } = new AbortController();
  const admin = new ApiClient({ url, credentials, signal });
  return runDemo({ admin, mailUrl, signal, observer: { done: () => undefined } });
};

function expectWholeStory({ found, stock, confirmed, cancelled, mails }: DemoStory): void {
  expect(found.length).toBeGreaterThan(0);
  expect(confirmed.status).toBe('CONFIRMED');
  expect(cancelled).toMatchObject({ id: confirmed.id, status: 'CANCELLED' });
  expect(stock).toEqual({ before: stock.before, ordered: stock.before - 2, cancelled: stock.before });
  expect(mails?.order.subject).toContain('Confirmed');
  expect(mails?.cancellation.subject).toContain('Cancelled');
}

interface Delivery {
  readonly _id: string;
  readonly state: string;
}

const deliveries = () =>
  shop.mongo
    .db('tradewind_notification')
    .collection<Delivery>('deliveries')
    .find({}, { sort: { _id: 1 } })
    .toArray();

test('the demo plays the whole story, and can be played again', async () => {
  const first = await playDemo();
  expectWholeStory(first);
  expect(first.imported).toMatchObject({ updated: 0, unchanged: 0, failed: 0 });
  const second = await playDemo();
  expectWholeStory(second);
  expect(second.imported).toMatchObject({ created: 0, updated: 0, failed: 0, stockMovements: 0 });
  expect(second.stock).toEqual(first.stock);
});

test('after a restart of everything, order, user, session, stock and deliveries are as they were', async () => {
  const ada = await shop.customer();
  const product = await shop.product(10);
  const { id } = await shop.confirmedOrder(ada, product, 3);
  const readOrder = async () =>
    expectStatus(200, await shop.send<Order>(`/api/orders/${id}`, { token: ada.token }));
  const readProduct = async () => expectStatus(200, await shop.send<Product>(`/api/products/${product.id}`));
  await eventually(async () => (await shop.mailsAbout(ada, id)).length === 1);
  const sent = await eventually(async () => {
    const all = await deliveries();
    return all.length > 0 && all.every(({ state }) => state !== 'PENDING') && all;
  });
  await eventually(async () => (await readProduct()).on_hand === 7);
  const [order, stored, movements] = [await readOrder(), await readProduct(), await shop.movements(product)];

  await shop.restart();

  expect(await readOrder()).toEqual(order);
  expect(await readProduct()).toEqual(stored);
  expect(await shop.movements(product)).toEqual(movements);
  expect((await shop.logIn(ada.email, ada.password)).id).toBe(ada.id);
  const refreshed = await shop.send<Tokens>('/api/users/refresh', {
    json: { refresh_token: ada.refreshToken },
  });
  expect(expectStatus(200, refreshed).user).toMatchObject({ id: ada.id, email: ada.email });
  expect(await deliveries()).toEqual(sent);

  expectWholeStory(await playDemo());
  expect(await shop.mailsAbout(ada, id)).toHaveLength(1);
});
