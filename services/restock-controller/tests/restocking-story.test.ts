import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { apiVersion, plural, type ProductRestock } from '../src/product-restock.ts';
import { removeRestock } from '../src/remove.ts';
import { eventually } from './kit/eventually.ts';
import { type Restocking, startRestocking } from './kit/restocking.ts';

let shop: Restocking;
let sku: string;
let name: string;

beforeAll(async () => {
  shop = await startRestocking();
}, 30 * 60_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});
beforeEach(() => {
  const id = crypto.randomUUID().slice(0, 8);
  sku = `SKU-${id}`;
  name = `phones-${id}`;
});

const ready = () => shop.kubectl('wait', '--for=condition=Ready', '--timeout=60s', `restock/${name}`);
/** The cells of the row, by the columns' names. */
async function row(...options: readonly string[]): Promise<Record<string, string>> {
  const [header = '', values = ''] = (await shop.kubectl('get', 'restock', name, ...options)).split('\n');
  const columns = [...header.matchAll(/\S+ */g)].map(({ 0: column, index }) => ({ column, index }));
  return Object.fromEntries(
    columns.map(({ column, index }, at) => [
      column.trim(),
      values.slice(index, columns[at + 1]?.index).trim(),
    ]),
  );
}
/** Reasons and messages, in their order, as `kubectl describe` has them. */
async function described(): Promise<string[]> {
  const text = await shop.kubectl('describe', 'restock', name);
  const events = text
    .slice(text.indexOf('Events:'))
    .matchAll(/^ +(\w+) +(\w+) +.+ restock-controller +(.+)$/gm);
  return [...events].map(([, type, reason, message]) => `${type ?? ''} ${reason ?? ''}: ${message ?? ''}`);
}

describe('without logs it can be seen', () => {
  let controller: AsyncDisposable;
  beforeAll(async () => {
    controller = await shop.startController();
  });
  afterAll(async () => {
    await controller[Symbol.asyncDispose]();
  });

  test('that a delivery was added', async () => {
    await shop.inventory.createProduct(sku, 20);
    await shop.create(name, { sku, quantity: 100, reference: 'PO-2026-0117' });
    expect(await ready()).toBe(`productrestock.inventory.tradewind.dev/${name} condition met`);
    expect(await row('-o', 'wide')).toMatchObject({
      ...{ NAME: name, SKU: sku, TRIGGER: 'immediate', QUANTITY: '100', RESTOCKS: '1', READY: 'True' },
      ...{ PHASE: 'Finished', UNITS: '100', MESSAGE: 'Added 100 units' },
    });
    await eventually(async () => {
      expect(await described()).toEqual(['Normal Restocked: Added 100 units, 120 on hand']);
    });
  });

  test('when the next restock is', async () => {
    await shop.inventory.createProduct(sku, 20);
    const schedule = { cron: '30 6 1 1 *', timeZone: 'Europe/Berlin' };
    await shop.create(name, { sku, upTo: 200, trigger: { schedule } });
    await ready();
    const { TRIGGER, QUANTITY, RESTOCKS, NEXT, READY } = await row();
    expect({ TRIGGER, QUANTITY, RESTOCKS, READY }).toEqual({
      ...{ TRIGGER: '30 6 1 1 * Europe/Berlin', QUANTITY: 'up to 200', RESTOCKS: '0', READY: 'True' },
    });
    expect(NEXT).toMatch(/^20\d\d-01-01T05:30:00Z$/);
  });

  test('that the stock fell, and rose again', async () => {
    const product = await shop.inventory.createProduct(sku, 20);
    await shop.create(name, { sku, quantity: 100, trigger: { threshold: { below: 20 } } });
    await ready();
    await shop.inventory.change(product, -3);
    await eventually(async () => {
      expect(await row()).toMatchObject({ TRIGGER: 'below 20', RESTOCKS: '1', READY: 'True' });
      expect(await described()).toEqual(['Normal Restocked: Added 100 units, 117 on hand']);
    });
  });

  test('that a resource waits for somebody, and why', async () => {
    await shop.create(name, { sku, quantity: 100 });
    await shop.kubectl('wait', '--for=condition=Stalled', '--timeout=60s', `restock/${name}`);
    const message = `There is no product with the SKU ${sku} yet`;
    expect(await row('-o', 'wide')).toMatchObject({ READY: 'False', PHASE: 'Stalled', MESSAGE: message });
    await eventually(async () => {
      expect(await described()).toEqual([`Warning ProductNotFound: ${message}`]);
    });
  });

  test(
    'that inventory is away, once that has lasted; and that all is well again',
    { timeout: 90_000 },
    async () => {
      const product = await shop.inventory.createProduct(sku, 20);
      await shop.inventory.stop();
      await shop.create(name, { sku, quantity: 100 });
      await eventually(async () => {
        expect((await described())[0]).toMatch(
          /^Warning InventoryUnavailable: Inventory cannot be asked right now/,
        );
      });
      const { status } = await shop.read(name);
      expect(status?.conditions.map(({ type, status }) => [type, status])).toEqual([
        ['Ready', 'False'],
        ['Reconciling', 'True'],
      ]);
      await shop.inventory.start();
      await shop.kubectl('wait', '--for=condition=Ready', '--timeout=60s', `restock/${name}`);
      expect(await shop.inventory.onHand(product)).toBe(120);
    },
  );

  test('nothing more after a restart of the controller', async () => {
    await shop.inventory.createProduct(sku, 20);
    await shop.create(name, { sku, quantity: 100 });
    await ready();
    const before = await shop.read(name);
    const told = await shop.events(before);
    const restarted = await shop.startController({ LEASE_NAME: 'another' });
    const other = `${name}-other`;
    await shop.create(other, { sku, quantity: 1 });
    await shop.kubectl('wait', '--for=condition=Ready', '--timeout=60s', `restock/${other}`);
    expect(await shop.read(name)).toEqual(before);
    expect(await shop.events(before)).toEqual(told);
    await restarted[Symbol.asyncDispose]();
  });
});

test('what fell while NATS was away is noticed when it is back', { timeout: 90_000 }, async () => {
  const controller = await shop.startController();
  const product = await shop.inventory.createProduct(sku, 20);
  await shop.create(name, { sku, quantity: 100, trigger: { threshold: { below: 20 } } });
  await ready();
  await shop.inventory.nats.stop();
  await shop.inventory.change(product, -1);
  await shop.inventory.nats.restart();
  await eventually(async () => {
    expect(await shop.inventory.onHand(product)).toBe(119);
  });
  await controller[Symbol.asyncDispose]();
});

test('a resource is deleted only as it was seen', async () => {
  const remove = removeRestock(shop.api);
  const { signal } = new AbortController();
  const path = `/apis/${apiVersion}/namespaces/default/${plural}/${name}`;
  const seen = await shop.create(name, { sku, quantity: 1, suspend: true });
  const changed = await shop.change(name, { reason: 'changed' });
  expect(await remove(seen, signal)).toBe(false);
  const anotherOne = { ...changed.metadata, uid: crypto.randomUUID() };
  expect(await remove({ ...changed, metadata: anotherOne }, signal)).toBe(false);
  const present = await shop.api.request<ProductRestock>({ path });
  expect(await remove(present, signal)).toBe(true);
  expect(await remove(present, signal)).toBe(false);
});
