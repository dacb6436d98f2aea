import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ApiClient } from '../src/runtime/api-client.ts';
import { Backoff } from '../src/runtime/backoff.ts';
import { Reflector, type ReflectorOptions } from '../src/runtime/reflector.ts';
import type { Resource } from '../src/runtime/resource.ts';
import { ResourceCache } from '../src/runtime/resource-cache.ts';
import { eventually } from './kit/eventually.ts';
import { directConfig, type FaultProxy, startFaultProxy } from './kit/fault-proxy.ts';

interface ConfigMap extends Resource {
  readonly data?: Readonly<Record<string, string>>;
}

let kubernetes: Kubernetes;
let admin: ApiClient;
let proxy: FaultProxy;
let client: ApiClient;
let namespace: string;
let path: string;
let gone: string[];
let cache: ResourceCache<ConfigMap>;
let errors: unknown[];
let reflectors: Reflector<ConfigMap>[];

beforeAll(async () => {
  kubernetes = await startKubernetes();
  admin = new ApiClient(directConfig(kubernetes.kubeconfig));
}, 30 * 60_000);
afterAll(async () => {
  admin[Symbol.dispose]();
  await kubernetes[Symbol.asyncDispose]();
});

beforeEach(async () => {
  namespace = `test-${crypto.randomUUID().slice(0, 8)}`;
  path = `/api/v1/namespaces/${namespace}/configmaps`;
  await admin.request({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata: { name: namespace } },
  });
  proxy = await startFaultProxy(kubernetes.kubeconfig);
  client = new ApiClient(proxy.config);
  gone = [];
  errors = [];
  reflectors = [];
  cache = new ResourceCache<ConfigMap>({
    onChange: ({ key, before, after }) => {
      if (after === undefined) gone.push(`${key} ${before?.data?.['colour'] ?? ''}`);
    },
  });
});
afterEach(async () => {
  for (const reflector of reflectors) await reflector.stop();
  client[Symbol.dispose]();
  await proxy[Symbol.asyncDispose]();
});

const create = (name: string, colour = 'red') =>
  admin.request<ConfigMap>({ method: 'POST', path, body: { metadata: { name }, data: { colour } } });
const paint = (name: string, colour: string) =>
  admin.request({
    method: 'PATCH',
    path: `${path}/${name}`,
    body: { data: { colour } },
    contentType: 'application/merge-patch+json',
  });
const remove = (name: string) => admin.request({ method: 'DELETE', path: `${path}/${name}` });
const colours = () => cache.keys().map((key) => [key.split('/')[1], cache.get(key)?.data?.['colour']]);
const lists = () => proxy.asked.filter(({ isWatch }) => !isWatch);
const watches = () => proxy.asked.filter(({ isWatch }) => isWatch);

function reflect(options: Partial<ReflectorOptions<ConfigMap>> = {}): Reflector<ConfigMap> {
  const reflector = new Reflector<ConfigMap>({
    api: client,
    path,
    store: cache,
    onError: (error) => errors.push(error),
    backoff: new Backoff({ firstMs: 20, longestMs: 200 }),
    ...options,
  });
  reflectors.push(reflector);
  return reflector;
}

test('everything is listed page by page, and each change after that is seen', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await create(name);
  reflect({ pageSize: 2 });
  await cache.synced;
  expect(cache.size).toBe(5);
  expect(lists()).toHaveLength(3);
  await create('f', 'green');
  await paint('a', 'blue');
  await remove('b');
  await eventually(() => {
    expect(colours()).toEqual([
      ['a', 'blue'],
      ['c', 'red'],
      ['d', 'red'],
      ['e', 'red'],
      ['f', 'green'],
    ]);
  });
  expect(gone).toEqual([`${namespace}/b red`]);
  expect(errors).toEqual([]);
});

test('of each resource only what is wanted is kept, listed or watched', async () => {
  await create('a');
  reflect({
    keep: ({ metadata, data }) => ({ metadata, data: { colour: `dark ${data?.['colour'] ?? ''}` } }),
  });
  await cache.synced;
  await create('b', 'green');
  await eventually(() => {
    expect(colours()).toEqual([
      ['a', 'dark red'],
      ['b', 'dark green'],
    ]);
  });
});

test('a reset watch goes on where it was, without a second list', async () => {
  await create('a');
  reflect();
  await cache.synced;
  await eventually(() => {
    expect(proxy.openWatches()).toBe(1);
  });
  proxy.fault = () => ({ kind: 'reset' });
  proxy.resetAll();
  await paint('a', 'blue');
  await create('b');
  await eventually(() => {
    expect(errors.length).toBeGreaterThan(2);
  });
  proxy.fault = () => undefined;
  await eventually(() => {
    expect(colours()).toEqual([
      ['a', 'blue'],
      ['b', 'red'],
    ]);
  });
  expect(lists()).toHaveLength(1);
});

test('a connection that is open and dead is given up, and nothing of what went by meanwhile is missed', async () => {
  await create('a');
  reflect({ idleMs: 300 });
  await cache.synced;
  await eventually(() => {
    expect(proxy.openWatches()).toBe(1);
  });
  proxy.freezeOpen();
  await paint('a', 'blue');
  await eventually(() => {
    expect(colours()).toEqual([['a', 'blue']]);
  });
  expect(lists().length).toBeGreaterThan(1);
  expect(String(errors[0])).toContain('no byte came for 300 ms');
});

test('when the server has forgotten the point of a watch, everything is listed again, and what went is told', async () => {
  await create('stays');
  await create('goes', 'green');
  reflect();
  await cache.synced;
  proxy.fault = ({ isWatch }) =>
    isWatch ? { kind: 'answer', status: 410, body: '{"code":410,"reason":"Expired"}' } : undefined;
  proxy.resetAll();
  await remove('goes');
  await create('comes', 'blue');
  await eventually(() => {
    expect(colours()).toEqual([
      ['stays', 'red'],
      ['comes', 'blue'],
    ]);
  });
  expect(gone).toEqual([`${namespace}/goes green`]);
  proxy.fault = () => undefined;
  await paint('stays', 'white');
  await eventually(() => {
    expect(cache.get(`${namespace}/stays`)?.data?.['colour']).toBe('white');
  });
});

test('an ERROR in a running watch that says 410 makes it list again', async () => {
  await create('a');
  let told = false;
  proxy.fault = ({ isWatch }) => {
    if (!isWatch || told) return undefined;
    told = true;
    const error = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } };
    return { kind: 'answer', status: 200, body: `${JSON.stringify(error)}\n` };
  };
  reflect();
  await eventually(() => {
    expect(lists()).toHaveLength(2);
    expect(proxy.openWatches()).toBe(1);
  });
});

test.each([
  ['500s', { kind: 'answer', status: 500 }],
  ['too many requests', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
  ['an expired token', { kind: 'answer', status: 401 }],
  ['resets', { kind: 'reset' }],
  ['half an answer', { kind: 'answer', status: 200, body: '{"items":[' }],
] as const)('no error is final: %s', async (_name, fault) => {
  await create('a');
  proxy.fault = () => fault;
  reflect();
  await eventually(() => {
    expect(errors.length).toBeGreaterThan(0);
  });
  proxy.fault = () => undefined;
  await cache.synced;
  expect(colours()).toEqual([['a', 'red']]);
});

test('bookmarks are asked for, and move a quiet watch forward, so that it is not too old when it goes on', async () => {
  await create('a');
  const { metadata } = await admin.request<ConfigMap>({
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps',
    body: { metadata: { generateName: 'elsewhere-' } },
  });
  // The API server sends one about every minute; a test cannot wait for that.
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: metadata.resourceVersion } } };
  proxy.fault = ({ isWatch }) =>
    isWatch && watches().length === 1
      ? { kind: 'answer', status: 200, body: `${JSON.stringify(bookmark)}\n` }
      : undefined;
  reflect();
  await eventually(() => {
    expect(proxy.openWatches()).toBe(1);
  });
  expect(watches().map(({ query }) => query.get('allowWatchBookmarks'))).toEqual(['true', 'true']);
  expect(watches().at(-1)?.query.get('resourceVersion')).toBe(metadata.resourceVersion);
  expect(lists()).toHaveLength(1);
  await paint('a', 'blue');
  await eventually(() => {
    expect(colours()).toEqual([['a', 'blue']]);
  });
});

test('stopping is final: no watch is left, and nothing reaches the store', async () => {
  await create('a');
  const reflector = reflect();
  await cache.synced;
  await eventually(() => {
    expect(proxy.openWatches()).toBe(1);
  });
  await reflector.stop();
  await eventually(() => {
    expect(proxy.openWatches()).toBe(0);
  });
  const asked = proxy.asked.length;
  await paint('a', 'blue');
  expect(colours()).toEqual([['a', 'red']]);
  expect(proxy.asked).toHaveLength(asked);
  expect(errors).toEqual([]);
});

test('stopping ends a wait for a server that does not answer', async () => {
  proxy.fault = () => ({ kind: 'silence' });
  const reflector = reflect();
  await eventually(() => {
    expect(proxy.asked).toHaveLength(1);
  });
  await reflector.stop();
  expect(errors).toEqual([]);
});

test(
  'a restart of the API server is survived, whatever happened before the watch was back',
  { timeout: 60_000 },
  async () => {
    await create('stays');
    await create('goes');
    reflect();
    await cache.synced;
    proxy.fault = () => ({ kind: 'reset' });
    proxy.resetAll();
    await remove('goes');
    await kubernetes.apiServer.restart();
    await create('comes');
    proxy.fault = () => undefined;
    await eventually(() => {
      expect(colours().map(([name]) => name)).toEqual(['stays', 'comes']);
    });
    await paint('stays', 'blue');
    await eventually(() => {
      expect(cache.get(`${namespace}/stays`)?.data?.['colour']).toBe('blue');
    });
    expect(gone).toEqual([`${namespace}/goes red`]);
  },
);
