import { expect, test, vi } from 'vitest';
import {
  type AdjustStockRequest,
  type RestockCounter,
  RestockOutcome,
  RestockTrigger,
} from '@tradewind/proto/inventory/v1/inventory';
import { inventoryClient } from './inventory-client.ts';
import type { Intent } from './plan.ts';

const lastAt = new Date('2026-03-10T11:00:00Z');
const counter = (source: string): RestockCounter => ({
  ...{ change: { $case: 'upTo', value: 30 }, trigger: RestockTrigger.NUMBER },
  ...{ source, productId: 'p1', restocks: 1, triggers: 2, units: 10, lastInstant: undefined, lastAt },
  lastMovement: {
    ...{ productId: 'p1', sequence: 4, kind: 'RESTOCK', source: 's', quantity: 10, balance: 12, reason: '' },
    at: lastAt,
  },
});

function connect() {
  const getProducts = vi.fn(({ skus }: { skus: string[] }) => {
    const found = skus.filter((sku) => sku !== 'none');
    const rest = { name: '', description: '', category: '', price: undefined, attributes: {}, ownerId: '' };
    const versions = { version: 1, levelVersion: 1, createdAt: undefined, updatedAt: undefined };
    return Promise.resolve({
      products: found.map((sku) => ({
        ...{ ...rest, ...versions, id: `id of ${sku}`, sku, archived: false, onHand: 3 },
      })),
    });
  });
  const getRestockCounters = vi.fn(({ sources }: { sources: string[] }) =>
    Promise.resolve({ counters: sources.filter((source) => source !== 'uid:new').map(counter) }),
  );
  const adjustStock = vi.fn(({ intent }: AdjustStockRequest) =>
    Promise.resolve({
      ...{ onHand: 12, outcome: RestockOutcome.ANSWERED, counter: counter(intent?.source ?? '') },
    }),
  );
  return {
    ...{ getProducts, getRestockCounters, adjustStock },
    inventory: inventoryClient({ getProducts }, { getRestockCounters, adjustStock }),
  };
}

test('look-ups of one moment share a call, and each has its own answer', async () => {
  const { inventory, getProducts, getRestockCounters } = connect();
  const skus = ['a', 'b', 'a', 'none'];
  const products = await Promise.all(skus.map(inventory.product));
  expect(products.map((product) => product?.id)).toEqual(['id of a', 'id of b', 'id of a', undefined]);
  expect(getProducts.mock.calls.map(([{ skus }]) => skus)).toEqual([['a', 'b', 'none']]);

  const counters = await Promise.all(['uid:a', 'uid:new'].map(inventory.counter));
  expect(counters.map((counter) => counter?.triggers)).toEqual([2, undefined]);
  expect(getRestockCounters).toHaveBeenCalledTimes(1);
});

test('many look-ups are cut into calls that inventory takes', async () => {
  const { inventory, getProducts } = connect();
  await Promise.all(Array.from({ length: 250 }, (_, n) => inventory.product(`sku-${n}`)));
  expect(getProducts.mock.calls.map(([{ skus }]) => skus.length)).toEqual([100, 100, 50]);
});

const instant = new Date('2026-03-10T06:00:00Z');
test.each<[Intent['trigger'], Intent['amount'], object]>([
  [
    { kind: 'immediate' },
    { quantity: 5 },
    { change: { $case: 'delta', value: 5 }, intent: { trigger: { $case: 'once', value: {} } } },
  ],
  [
    { kind: 'schedule', instant },
    { upTo: 50 },
    { change: { $case: 'upTo', value: 50 }, intent: { trigger: { $case: 'instant', value: instant } } },
  ],
  [
    { kind: 'threshold', number: 3, below: 20 },
    { quantity: 5 },
    { intent: { trigger: { $case: 'number', value: 3 }, onlyIfBelow: 20 } },
  ],
])('an intent is said in inventory’s words: %j', async (trigger, amount, request) => {
  const { inventory, adjustStock } = connect();
  const intent = { trigger, amount, limits: { maxRestocks: 3, maxUnits: 30 }, reason: 'delivery' };
  const answer = await inventory.restock('uid:a', 'p1', intent, new AbortController().signal);
  expect(adjustStock.mock.calls[0]?.[0]).toMatchObject({
    ...{ idempotencyKey: '', productId: 'p1', reason: 'delivery' },
    ...request,
  });
  expect(adjustStock.mock.calls[0]?.[0].intent).toMatchObject({
    source: 'uid:a',
    maxRestocks: 3,
    maxUnits: 30,
  });
  expect(answer).toMatchObject({
    ...{ answered: true, onHand: 12 },
    counter: {
      of: { productId: 'p1', amount: { upTo: 30 }, trigger: 'threshold' },
      units: 10,
      lastMovement: { id: 'p1:4', units: 10, balance: 12 },
    },
  });
});
