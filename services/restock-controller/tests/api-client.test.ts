import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ApiClient, SilentWatchError } from '../src/runtime/api-client.ts';
import { eventually } from './kit/eventually.ts';
import { directConfig, type FaultProxy, startFaultProxy } from './kit/fault-proxy.ts';

let kubernetes: Kubernetes;
let admin: ApiClient;
let proxy: FaultProxy;
let client: ApiClient;
let token: string;
let dir: string;
let tokenFile: string;
const path = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  kubernetes = await startKubernetes();
  admin = new ApiClient(directConfig(kubernetes.kubeconfig));
  token = await robotToken();
}, 30 * 60_000);
afterAll(async () => {
  admin[Symbol.dispose]();
  await kubernetes[Symbol.asyncDispose]();
});
beforeEach(async () => {
  proxy = await startFaultProxy(kubernetes.kubeconfig);
  client = new ApiClient(proxy.config);
  dir = await mkdtemp(join(tmpdir(), 'tradewind-token-'));
  tokenFile = join(dir, 'token');
});
afterEach(async () => {
  client[Symbol.dispose]();
  await proxy[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

test('calls one after the other share a connection', async () => {
  for (let n = 0; n < 10; n++) await client.request({ path });
  expect(proxy.connections()).toBe(1);
});

test('a refusal says why, in the words of Kubernetes', async () => {
  const metadata = { name: `taken-${crypto.randomUUID()}` };
  const create = { method: 'POST', path, body: { metadata } } as const;
  await client.request(create);
  await expect(client.request(create)).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' });
  await expect(client.request({ path: `${path}/none` })).rejects.toMatchObject({
    ...{ status: 404, reason: 'NotFound', message: 'configmaps "none" not found' },
  });
});

test.each([
  ['a header', { kind: 'answer', status: 429, headers: { 'retry-after': '7' } }],
  ['the answer', { kind: 'answer', status: 429, body: '{"details":{"retryAfterSeconds":7}}' }],
] as const)('how long to wait is read from %s', async (_where, fault) => {
  proxy.fault = () => fault;
  await expect(client.request({ path })).rejects.toMatchObject({ status: 429, retryAfterMs: 7000 });
});

test('an answer that something in between made up is an error with its status', async () => {
  proxy.fault = () => ({ kind: 'answer', status: 502, body: '<html>' });
  await expect(client.request({ path })).rejects.toMatchObject({ status: 502, reason: '' });
});

test('a server that does not answer is given up, and a caller who leaves is let go', async () => {
  proxy.fault = () => ({ kind: 'silence' });
  await expect(client.request({ path, timeoutMs: 50.5 })).rejects.toThrow('timeout');
  const leaving = new AbortController();
  const asked = client.request({ path, signal: leaving.signal });
  leaving.abort(new Error('left'));
  await expect(asked).rejects.toThrow('left');
});

test('who leaves a watch closes it', async () => {
  const watch = client.watch({ path, signal: new AbortController().signal, idleMs: 60_000 });
  await admin.request({ method: 'POST', path, body: { metadata: { generateName: 'seen-' } } });
  for await (const { type } of watch) {
    expect(type).toBe('ADDED');
    break;
  }
  await eventually(() => {
    expect(proxy.openWatches()).toBe(0);
  });
});

test('connections that went dead together with a watch are not waited for', async () => {
  const query = { fieldSelector: 'metadata.name=none' };
  const next = client.watch({ path, query, signal: AbortSignal.any([]), idleMs: 2000 }).next();
  next.catch(() => undefined);
  await eventually(() => {
    expect(proxy.openWatches()).toBe(1);
  });
  await client.request({ path });
  proxy.freezeOpen();
  await expect(next).rejects.toThrow(SilentWatchError);
  await client.request({ path, timeoutMs: 10_000 });
});

async function robotToken(): Promise<string> {
  await admin.request({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts',
    body: { metadata: { name: 'robot' } },
  });
  const { status } = await admin.request<{ status: { token: string } }>({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/robot/token',
    body: { spec: { expirationSeconds: 3600 } },
  });
  return status.token;
}

/** A client of the real API server who is known by nothing else. */
function as(user: Omit<User, 'name'>): ApiClient {
  const cluster = directConfig(kubernetes.kubeconfig).getCurrentCluster();
  if (cluster === null) throw new Error('the kubeconfig names a cluster');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, { name: 'robot', ...user });
  return new ApiClient(config);
}

const isRobot = 'User "system:serviceaccount:default:robot" cannot list resource "configmaps"';
const isNobody = { status: 401, reason: 'Unauthorized' };

const fromFile = (tokenFile: string) => ({ authProvider: { name: 'tokenFile', config: { tokenFile } } });
const fromProgram = (tokenFile: string) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', `echo >> "$0.asked"; printf '{"status":{"token":"%s"}}' "$(cat "$0")"`, tokenFile],
  },
});

test('a service account is known by its token, and by nothing without a valid one', async () => {
  await writeFile(tokenFile, token);
  using robot = as(fromFile(tokenFile));
  await expect(robot.request({ path })).rejects.toThrow(isRobot);
  using unknown = as({ token: 'expired' });
  await expect(unknown.request({ path })).rejects.toMatchObject(isNobody);
});

test.each([
  ['file', fromFile],
  ['program', fromProgram],
])('a token of a %s that is taken no longer is got anew', async (_source, from) => {
  await writeFile(tokenFile, 'revoked');
  using robot = as(from(tokenFile));
  await expect(robot.request({ path })).rejects.toMatchObject(isNobody);
  await writeFile(tokenFile, token);
  await expect(robot.request({ path })).rejects.toThrow(isRobot);
});

test('a program without a valid token is not started for every request', async () => {
  await writeFile(tokenFile, 'revoked');
  using robot = as(fromProgram(tokenFile));
  for (let n = 0; n < 5; n++) await expect(robot.request({ path })).rejects.toMatchObject(isNobody);
  expect(await readFile(`${tokenFile}.asked`, 'utf8')).toBe('\n\n');
});
