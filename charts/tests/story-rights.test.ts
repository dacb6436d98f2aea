import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { readiness, type RestockResource } from '@tradewind/cli/demo/restock-resource';
import { resourceIn } from '@tradewind/cli/demo/service-account';
import { type Restocking, startRestocking } from '@tradewind/restock-controller/kit/restocking.ts';
import { serviceAccountKubeconfig } from '@tradewind/restock-controller/kit/service-account.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { namespace, render } from './kit/render.ts';

const account = 'shop-tradewind-cli';
const patience = { timeout: 20_000 };

let folder: string;
let shop: Restocking;
let config: KubeConfig;
let resource: RestockResource;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-story-'));
  shop = await startRestocking();
  await shop.kubectl('create', 'namespace', namespace);
  const rights = (await render()).filter(({ metadata }) => metadata.name === account);
  const file = join(folder, 'rights.json');
  const items = rights.filter(({ kind }) => /^(ServiceAccount|Role|RoleBinding)$/.test(kind));
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await shop.kubectl('apply', '--filename', file);
  config = new KubeConfig();
  config.loadFromFile(await serviceAccountKubeconfig(shop.api, shop.kubernetes, namespace, account));
  resource = await resourceIn(config);
}, 30 * 60_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

test('the pod of helm test applies its ProductRestock, again and again, and reads what comes of it', async () => {
  await shop.inventory.createProduct('TW-AC-HP-QUIET', 28);
  await using controller = await shop.startController();
  expect(controller).toBeDefined();
  await resource.apply();
  await expect.poll(async () => readiness(await resource.read())?.status, patience).toBe('True');
  const { metadata, spec } = await resource.read();
  expect(metadata).toMatchObject({ name: 'headphones-never-out', namespace });
  expect(spec).toMatchObject({ sku: 'TW-AC-HP-QUIET', upTo: 28 });
  await resource.apply();
  expect(await resource.show()).toMatch(/^headphones-never-out in store: ./);
});

test('it may neither read secrets, nor restock in another namespace', async () => {
  const api = KubernetesObjectApi.makeApiClient(config);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop-tradewind', namespace } };
  await expect(api.read(secret)).rejects.toMatchObject({ code: 403 });
  const elsewhere = await resourceIn(config, 'default');
  await expect(elsewhere.apply()).rejects.toMatchObject({ code: 403 });
});
