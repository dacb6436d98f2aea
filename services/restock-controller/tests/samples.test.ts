import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Product } from '@tradewind/proto/inventory/v1/inventory';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { manifests } from './kit/restock-api.ts';
import { type Restocking, startRestocking } from './kit/restocking.ts';

interface CatalogueEntry {
  readonly sku: string;
  readonly stock: number;
}

/** What `make demo` and the README fill a shop with. */
const catalogue = JSON.parse(
  readFileSync(join(manifests, '../services/cli/samples/catalogue.json'), 'utf8'),
) as readonly CatalogueEntry[];

const samples = [
  { file: 'immediate.yaml', name: 'fans', added: 20, phase: 'Finished', reason: 'Restocked' },
  {
    file: 'delivery.yaml',
    name: 'delivery-po-2026-0117',
    added: 100,
    phase: 'Finished',
    reason: 'Restocked',
  },
  { file: 'schedule.yaml', name: 'cables-every-monday', added: 0, phase: 'Waiting', reason: 'Waiting' },
  { file: 'threshold.yaml', name: 'espresso-never-out', added: 50, phase: 'Waiting', reason: 'Waiting' },
];

vi.setConfig({ testTimeout: 120_000 });

let shop: Restocking;
const products = new Map<string, Product>();

beforeAll(async () => {
  shop = await startRestocking();
  for (const { sku, stock } of catalogue) products.set(sku, await shop.inventory.createProduct(sku, stock));
  await shop.startController();
}, 30 * 60_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const apply = (file: string) => shop.kubectl('apply', '-f', join(manifests, 'samples', file));
const untilReady = (name: string) =>
  shop.kubectl('wait', '--for=condition=Ready', '--timeout=60s', `restock/${name}`);

test.each(samples)(
  'the sample $file restocks a product of the sample catalogue by $added units, and is ready',
  async ({ file, name, added, phase, reason }) => {
    await apply(file);
    await untilReady(name);
    const { spec, status } = await shop.read(name);
    const product = products.get(spec.sku);
    if (product === undefined) throw new Error(`${spec.sku} is not in the catalogue`);
    expect(await shop.inventory.onHand(product)).toBe(product.onHand + added);
    expect(status).toMatchObject({ phase, unitsAdded: added });
    expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason }]);
  },
);

test('a delivery that is applied again, also after it was deleted, adds nothing again', async () => {
  await apply('delivery.yaml');
  await shop.kubectl('delete', 'restock', 'delivery-po-2026-0117');
  await apply('delivery.yaml');
  await untilReady('delivery-po-2026-0117');
  const kettle = products.get('TW-AP-KETTLE-17');
  expect(kettle && (await shop.inventory.restocks(kettle)).map(({ quantity }) => quantity)).toEqual([100]);
});

test('every sample is here', () => {
  expect(readdirSync(join(manifests, 'samples'))).toEqual(samples.map(({ file }) => file).sort());
});
