import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '@tradewind/local/cluster';
import { readLocalConfig } from '@tradewind/local/config';
import {
  installRelease,
  type SecretPart,
  secretValue,
  uninstallRelease,
  type Values,
} from '@tradewind/local/deployment';
import { buildImages } from '@tradewind/local/images';
import { findHelm } from '@tradewind/local/kubernetes';
import { forward } from './kit/forward.ts';
import { askGateway, askInventory, askMongo, askNats, askRedis, type Way } from './kit/tls-asking.ts';
import { certificateFiles, ensureDefinition, valuesWithTls } from './kit/tls-release.ts';

const release = { namespace: 'e2e-tls', name: 'tradewind' };
/** Some of it waits for builds and for images. */
const installing = 30 * 60_000;
const minutes = 60_000;

let cluster: Cluster;
let values: readonly Values[];

const secret = (part: SecretPart, key: string) => secretValue(cluster, release, part, key);
const door = (target: string, port: number) => forward(cluster, release.namespace, target, port);

beforeAll(async () => {
  const { dir } = readLocalConfig();
  const print = (line: string) => {
    console.log(line);
  };
  cluster = await startCluster({ dir }, print);
  const images = await buildImages({ dir, print });
  await cluster.loadImages(images.archives);
  await ensureDefinition(cluster);
  values = [images.values, valuesWithTls(release)];
  await removeAll();
}, installing);
afterAll(async () => {
  await removeAll();
}, installing);

async function removeAll(): Promise<void> {
  await uninstallRelease(cluster, release);
  await cluster.kubectl('delete', 'namespace', release.namespace, '--ignore-not-found');
}

test(
  'a release with TLS gets ready where Pod Security is enforced, and nothing is warned of',
  async () => {
    const said: string[] = [];
    await installRelease(cluster, { ...release, values, report: (line) => said.push(line) });
    expect(said.filter((line) => line.startsWith('helm:'))).toEqual([]);
  },
  installing,
);

test(
  '`helm test` places an order and applies a restock over TLS',
  async () => {
    const helm = await findHelm(cluster.kubeconfig);
    const story = ['test', release.name, '--namespace', release.namespace, '--logs', '--timeout', '3m'];
    const { stdout } = await helm(...story);
    expect(stdout).toMatch(/Phase:\s+Succeeded/);
    expect(stdout).toContain('See the stock return');
    expect(stdout).toContain('See the controller fill the shelf by itself');
    const url = '--output=jsonpath={.spec.containers[0].env[?(@.name=="TRADEWIND_URL")].value}';
    const pod = ['get', 'pod', `${release.name}-story`, '--namespace', release.namespace, url];
    expect(await cluster.kubectl(...pod)).toMatch(/^https:/);
  },
  4 * minutes,
);

/** What becomes of a connection to a server that wants another language; that nobody listens is no refusal. */
const hungUp = /ECONNRESET|hang up|hung up|closed/;

const authority = () => secret('-tls', 'ca.crt');

test('the gateway proves itself by the authority in the Secret, and answers no plaintext', async () => {
  await using gateway = await door(`service/${release.name}-gateway`, 443);
  const { port } = gateway;
  const ca = await authority();
  expect(await askGateway({ port, ca })).toBe(200);
  await expect(askGateway({ port, ca: undefined })).rejects.toThrow(hungUp);
});

test('inventory answers a caller with its key over TLS, none with a wrong one, and none in plaintext', async () => {
  await using inventory = await door(`deployment/${release.name}-inventory`, 50051);
  await using files = await certificateFiles(cluster, release);
  const key = await secret('', 'service-key-order');
  const { port } = inventory;
  expect(await askInventory(port, key, files)).toBe(0);
  await expect(askInventory(port, 'a guess', files)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(askInventory(port, key, undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test.each<[string, number, (way: Way) => Promise<void>]>([
  [
    'mongodb',
    27017,
    async (way) => askMongo(way, 'tradewind_audit', await secret('-mongodb', 'password-audit')),
  ],
  ['nats', 4222, async (way) => askNats(way, 'tradewind', await secret('-nats', 'password'))],
  ['redis', 6379, async (way) => askRedis(way, await secret('-redis', 'password'))],
])('%s lets in who speaks TLS, and nobody in plaintext', async (store, storePort, ask) => {
  await using forwarded = await door(`pod/${release.name}-${store}-0`, storePort);
  const { port } = forwarded;
  await ask({ port, ca: await authority() });
  await expect(ask({ port, ca: undefined })).rejects.toThrow(hungUp);
});
