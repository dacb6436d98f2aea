import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadKubeconfig, namespaceOf } from './kubeconfig.ts';

let dir: string;

async function write(name: string, namespace?: string): Promise<string> {
  const file = join(dir, name);
  const context = { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) };
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name, cluster: { server: `https://${name}.example.com` } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context }],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradewind-kubeconfig-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

test('of several files the first says which cluster it is', async () => {
  const config = loadKubeconfig([await write('one', 'shop'), await write('two')].join(delimiter));
  expect(config.getCurrentCluster()?.server).toBe('https://one.example.com');
  expect(namespaceOf(config)).toBe('shop');
});

test('without a namespace it is that of kubectl', async () => {
  expect(namespaceOf(loadKubeconfig(await write('three')))).toBe('default');
});

test('of several files those that are not there are passed over', async () => {
  const config = loadKubeconfig([join(dir, 'none'), await write('four')].join(delimiter));
  expect(config.getCurrentCluster()?.server).toBe('https://four.example.com');
});

test('when none is there, that is said', () => {
  expect(() => loadKubeconfig(join(dir, 'none'))).toThrow(join(dir, 'none'));
});
