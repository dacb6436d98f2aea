import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { chart } from '../derived-files.ts';
import { type ApiServer, startApiServer } from './kit/api-server.ts';
import { type Kinds, namespace, release } from './kit/render.ts';

/** An API server has to be built once. */
const building = 30 * 60_000;

let apiServer: ApiServer;
let helm: ApiServer['helm'];
let kubectl: ApiServer['kubectl'];
let folder: string;

beforeAll(async () => {
  apiServer = await startApiServer();
  ({ helm, kubectl, folder } = apiServer);
}, building);
afterEach(async () => {
  await helm('uninstall', release, '--ignore-not-found');
});
afterAll(async () => {
  await apiServer[Symbol.asyncDispose]();
});

test(
  'secrets are generated once: an upgrade keeps them, and so does an installation after the release was removed',
  async () => {
    const secrets = async () => {
      const { stdout } = await kubectl([
        'get',
        'secrets',
        '--namespace',
        namespace,
        '--output',
        'json',
        '--selector',
        'app.kubernetes.io/instance=shop',
      ]);
      const { items } = JSON.parse(stdout) as { items: { metadata: { name: string }; data: object }[] };
      return new Map(items.map(({ metadata, data }) => [metadata.name, data]));
    };
    const checksum = async () => {
      const path = '{.spec.template.metadata.annotations.checksum/secrets}';
      return (
        await kubectl([
          'get',
          'deployment',
          'shop-tradewind-order',
          '--namespace',
          namespace,
          '--output',
          `jsonpath=${path}`,
        ])
      ).stdout;
    };
    const { stdout: notes } = await helm('install', release, chart);
    expect(notes).toContain('port-forward service/shop-tradewind-gateway 8080:80');
    const first = await secrets();
    const before = await checksum();
    expect([...first.keys()].toSorted()).toEqual([
      'shop-tradewind',
      'shop-tradewind-mongodb',
      'shop-tradewind-nats',
      'shop-tradewind-redis',
    ]);

    await helm('upgrade', release, chart);
    expect(await secrets()).toEqual(first);
    expect(await checksum()).toBe(before);

    const values = join(folder, 'hs256.json');
    await writeFile(values, JSON.stringify({ jwt: { hs256: true } }));
    await helm('upgrade', release, chart, '--values', values);
    const { 'shop-tradewind': shop, ...stores } = Object.fromEntries(await secrets());
    const { 'shop-tradewind': shopBefore, ...storesBefore } = Object.fromEntries(first);
    expect(shop).toMatchObject(shopBefore ?? {});
    expect(shop).toHaveProperty('jwt-secret');
    expect(stores).toEqual(storesBefore);
    expect(await checksum()).not.toBe(before);

    const last = await secrets();
    await helm('uninstall', release);
    expect(await secrets()).toEqual(last);
    await kubectl(['get', 'crd', 'productrestocks.inventory.tradewind.dev']);
    await helm('install', release, chart, '--values', values);
    expect(await secrets()).toEqual(last);
  },
  building,
);

test(
  'another content of a Secret that the chart did not make gives new pods to those that use it, and to nobody else',
  async () => {
    const existing = { mongo: 'uri', mail: 'password', texts: 'webhook-url' };
    const write = async (name: string, content: string) => {
      const key = existing[name as keyof typeof existing];
      const metadata = { name, namespace };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { [key]: content } };
      await kubectl(['apply', '--filename', '-'], JSON.stringify(secret));
    };
    const values = join(folder, 'existing.json');
    const mongodb = { enabled: false, external: { existingSecret: 'mongo' } };
    const both = { smtp: { existingSecret: 'mail' }, sms: { existingSecret: 'texts' } };
    await writeFile(values, JSON.stringify({ mongodb, ...both }));
    const checksums = async () => {
      const { stdout } = await kubectl(['get', 'deployments', '--namespace', namespace, '--output', 'json']);
      const { items } = JSON.parse(stdout) as { items: readonly Kinds['Deployment'][] };
      return new Map(
        items.map(({ metadata, spec }) => [
          metadata?.name?.replace('shop-tradewind-', '') ?? '',
          spec?.template.metadata?.annotations?.['checksum/secrets'],
        ]),
      );
    };
    for (const name of Object.keys(existing)) await write(name, 'first');
    await helm('install', release, chart, '--values', values);
    const renewed: Record<string, readonly string[]> = {};
    for (const name of Object.keys(existing)) {
      const before = await checksums();
      await write(name, 'second');
      await helm('upgrade', release, chart, '--values', values);
      const after = await checksums();
      renewed[name] = [...after.keys()].filter((one) => after.get(one) !== before.get(one)).toSorted();
    }
    expect(renewed).toEqual({
      mongo: ['inventory', 'inventory-consumer', 'notification', 'order', 'user'],
      mail: ['notification'],
      texts: ['notification'],
    });
  },
  building,
);

test(
  'an autoscaler takes over the number of pods that a Deployment was scaled to, and gives it back when it is turned off',
  async () => {
    const order = ['deployment', 'shop-tradewind-order', '--namespace', namespace];
    const replicas = async () =>
      (await kubectl(['get', ...order, '--output', 'jsonpath={.spec.replicas}'])).stdout;
    await helm('install', release, chart);
    expect(await replicas()).toBe('2');
    await kubectl(['scale', ...order, '--replicas', '3']);
    await helm('upgrade', release, chart, '--set', 'workloads.order.autoscaling.enabled=true');
    expect(await replicas()).toBe('3');
    await kubectl(['scale', ...order, '--replicas', '5']);
    await helm('upgrade', release, chart, '--set', 'workloads.order.autoscaling.enabled=true');
    expect(await replicas()).toBe('5');
    await helm('upgrade', release, chart, '--reset-values', '--force-conflicts');
    expect(await replicas()).toBe('2');
  },
  building,
);
