import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProductRestock, RestockSpec, RestockStatus } from '../src/product-restock.ts';
import { eventually } from './kit/eventually.ts';
import { type Restocking, startRestocking } from './kit/restocking.ts';

const hourMs = 3_600_000;
let shop: Restocking;
/** By how much the controller's clock is ahead. */
let aheadMs = 0;
let sku: string;
let name: string;

beforeAll(async () => {
  shop = await startRestocking();
  await shop.startController({}, { now: () => new Date(Date.now() + aheadMs) });
}, 30 * 60_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});
beforeEach(() => {
  aheadMs = 0;
  const id = crypto.randomUUID().slice(0, 8);
  sku = `SKU-${id}`;
  name = `restock-${id}`;
});

const create = (spec: Partial<RestockSpec>, as = name) => shop.create(as, { sku, ...spec });
const below = (below: number) => ({ trigger: { threshold: { below } } });
const hourly = { trigger: { schedule: { cron: '0 * * * *', timeZone: 'Etc/UTC' } } };

/** Waits until the status says so of the present spec. */
async function said(status: Partial<RestockStatus>, of = name): Promise<ProductRestock> {
  return await eventually(async () => {
    const restock = await shop.read(of);
    expect(restock.status).toMatchObject({ ...status, observedGeneration: restock.metadata.generation });
    return restock;
  });
}
const reasons = async (of = name) => (await shop.events(await shop.read(of))).map(({ reason }) => reason);

test('an immediate restock raises the stock once', async () => {
  const product = await shop.inventory.createProduct(sku, 20);
  await create({ quantity: 100, reason: 'spring delivery' });
  const { status } = await said({ phase: 'Finished', restocks: 1, unitsAdded: 100, stockAfter: 120 });
  const [movement] = await shop.inventory.restocks(product);
  expect(movement).toMatchObject({ quantity: 100, balance: 120, reason: 'spring delivery' });
  expect(status?.lastMovementId).toBe(`${product.id}:${movement?.sequence ?? 0}`);
});

test('a fill adds what is missing to its level, and nothing where nothing is missing', async () => {
  const product = await shop.inventory.createProduct(sku, 30);
  await create({ upTo: 50 });
  await said({ phase: 'Finished', quantity: 'up to 50', unitsAdded: 20 });
  await create({ upTo: 50 }, `${name}-again`);
  await said({ phase: 'Finished', restocks: 0, unitsAdded: 0 }, `${name}-again`);
  expect(await shop.inventory.onHand(product)).toBe(50);
});

describe('a schedule', () => {
  test('restocks at its instant, sleeps until the next one, and catches up once what it missed', async () => {
    const product = await shop.inventory.createProduct(sku);
    const hour = Math.ceil(Date.now() / hourMs) * hourMs;
    const at = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
    aheadMs = hour - 2_000 - Date.now();
    await create({ ...hourly, quantity: 10 });
    await said({ phase: 'Waiting', restocks: 0, nextRestockTime: at(hour) });
    await said({ restocks: 1, nextRestockTime: at(hour + hourMs) });

    aheadMs += 5 * hourMs;
    await shop.kubectl('annotate', 'restock', name, 'example.com/looked-at=now');
    await said({ restocks: 2, nextRestockTime: at(hour + 6 * hourMs) });
    expect(await shop.inventory.onHand(product)).toBe(20);
  });
});

describe('a threshold', () => {
  test('restocks each time that the stock falls below it', async () => {
    const product = await shop.inventory.createProduct(sku, 20);
    await create({ ...below(20), quantity: 100 });
    await said({ phase: 'Waiting', restocks: 0 });
    await shop.inventory.change(product, -1);
    await said({ restocks: 1, stockAfter: 119 });
    await shop.inventory.change(product, -109);
    await said({ restocks: 2, stockAfter: 110 });
  });
  test('restocks as often as it takes', async () => {
    const product = await shop.inventory.createProduct(sku, 3);
    await create({ ...below(20), quantity: 10 });
    await said({ phase: 'Waiting', restocks: 2, stockAfter: 23 });
    expect(await shop.inventory.restocks(product)).toHaveLength(2);
  });
  test('goes on no further than its limits, until they are raised', async () => {
    const product = await shop.inventory.createProduct(sku);
    await create({ ...below(20), quantity: 10, limits: { maxRestocks: 1 } });
    await said({ phase: 'Finished', restocks: 1, stockAfter: 10 });
    await shop.change(name, { limits: { maxRestocks: 5, maxUnits: 35 } });
    await said({ phase: 'Waiting', restocks: 2, stockAfter: 20 });
    await shop.inventory.change(product, -5);
    await said({ phase: 'Finished', restocks: 3, unitsAdded: 30 });
    expect(await shop.inventory.onHand(product)).toBe(25);
    await eventually(async () => {
      expect(await reasons()).toEqual([...['Restocked', 'Finished', 'Restocked', 'Restocked', 'Finished']]);
    });
  });
});

describe('a reference', () => {
  test('restocks nothing again when its resource is created again', async () => {
    const product = await shop.inventory.createProduct(sku);
    await create({ quantity: 7, reference: name });
    await said({ phase: 'Finished' });
    await shop.remove(name);
    await create({ quantity: 7, reference: name });
    await said({ phase: 'Finished', restocks: 1, unitsAdded: 7 });
    expect(await shop.inventory.onHand(product)).toBe(7);
    await eventually(async () => {
      expect((await reasons())[0]).toMatch(/^Restocked/);
    });
  });
  test.each([
    ['amount', { quantity: 8 }],
    ['trigger', { quantity: 7, ...below(100) }],
    ['kind of amount', { upTo: 7 }],
  ])('stalls a resource of another %s', async (_, spec) => {
    const product = await shop.inventory.createProduct(sku);
    await create({ quantity: 7, reference: name });
    await said({ phase: 'Finished' });
    await create({ reference: name, ...spec }, `${name}-other`);
    const { status } = await said({ phase: 'Stalled', restocks: 0 }, `${name}-other`);
    expect(status?.conditions[1]).toMatchObject({
      type: 'Stalled',
      status: 'True',
      reason: 'ReferenceReused',
    });
    expect(await shop.inventory.onHand(product)).toBe(7);
  });
});

test('a suspended resource does nothing until it is resumed', async () => {
  const product = await shop.inventory.createProduct(sku);
  await create({ quantity: 5, suspend: true });
  await said({ phase: 'Suspended', restocks: 0 });
  expect(await shop.inventory.onHand(product)).toBe(0);
  await shop.change(name, { suspend: false });
  await said({ phase: 'Finished', restocks: 1 });
  await eventually(async () => {
    expect(await reasons()).toEqual(['Suspended', 'Resumed', 'Restocked']);
  });
});

test('a finished resource with a time to live is deleted when it has passed', async () => {
  await shop.inventory.createProduct(sku);
  const restock = await create({ quantity: 5, reference: name, ttlSecondsAfterFinished: 2 });
  await said({ phase: 'Finished' });
  await eventually(async () => {
    await expect(shop.read(name)).rejects.toThrow('not found');
    expect((await shop.events(restock)).at(-1)).toMatchObject({ reason: 'Deleted' });
  });
});

test('an unknown SKU stalls a resource, and the product heals it by appearing', async () => {
  await create({ quantity: 5 });
  await said({ phase: 'Stalled' });
  const product = await shop.inventory.createProduct(sku);
  await said({ phase: 'Finished', restocks: 1 });
  expect(await shop.inventory.onHand(product)).toBe(5);
  await eventually(async () => {
    expect(await reasons()).toEqual(['ProductNotFound', 'Restocked']);
  });
});

test('an archived product takes no restock', async () => {
  const product = await shop.inventory.createProduct(sku);
  await shop.inventory.archive(product);
  await create({ quantity: 5 });
  const { status } = await said({ phase: 'Stalled' });
  expect(status?.conditions[0]?.reason).toBe('ProductArchived');
});

test('several resources on one product each do their part', async () => {
  const product = await shop.inventory.createProduct(sku);
  const names = [1, 2, 3].map((n) => `${name}-${n}`);
  await Promise.all(names.map((as) => create({ quantity: 10 }, as)));
  for (const as of names) await said({ phase: 'Finished', restocks: 1 }, as);
  expect(await shop.inventory.onHand(product)).toBe(30);
});

test('a status that was lost is written again, and nothing is restocked again', async () => {
  const product = await shop.inventory.createProduct(sku, 5);
  await create({ ...below(10), quantity: 10 });
  const { status } = await said({ phase: 'Waiting', restocks: 1 });
  const patch = '{"status": {"restocks": null, "phase": "Pending", "observedGeneration": 0}}';
  await shop.kubectl('patch', 'restock', name, '--subresource=status', '--type=merge', '-p', patch);
  expect(await said({ restocks: 1 })).toMatchObject({ status });
  expect(await shop.inventory.restocks(product)).toHaveLength(1);
});
