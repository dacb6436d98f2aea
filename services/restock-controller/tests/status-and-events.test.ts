import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ProductRestock } from '../src/product-restock.ts';
import { ApiClient } from '../src/runtime/api-client.ts';
import type { Condition } from '../src/runtime/conditions.ts';
import { EventRecorder, type EventRecorderOptions } from '../src/runtime/event-recorder.ts';
import type { ResourceList } from '../src/runtime/resource.ts';
import { StatusWriter, type WithStatus } from '../src/runtime/status-writer.ts';
import { directConfig, type FaultProxy, startFaultProxy } from './kit/fault-proxy.ts';
import { installDefinition, kubectl } from './kit/restock-api.ts';

interface Status {
  readonly phase: string;
  readonly restocks?: number;
  readonly trigger?: string | undefined;
  readonly conditions?: readonly Condition[];
}
type Restock = ProductRestock & WithStatus<Status>;

const kind = { apiVersion: 'inventory.tradewind.dev/v1alpha1', kind: 'ProductRestock' };
const path = '/apis/inventory.tradewind.dev/v1alpha1/namespaces/default/productrestocks';
let kubernetes: Kubernetes;
let admin: ApiClient;
let proxy: FaultProxy;
let client: ApiClient;
let restock: Restock;

beforeAll(async () => {
  kubernetes = await startKubernetes();
  admin = new ApiClient(directConfig(kubernetes.kubeconfig));
  await installDefinition(kubernetes.kubeconfig);
}, 30 * 60_000);
afterAll(async () => {
  admin[Symbol.dispose]();
  await kubernetes[Symbol.asyncDispose]();
});
beforeEach(async () => {
  proxy = await startFaultProxy(kubernetes.kubeconfig);
  client = new ApiClient(proxy.config);
  restock = await create(`restock-${crypto.randomUUID().slice(0, 8)}`);
});
afterEach(async () => {
  client[Symbol.dispose]();
  await proxy[Symbol.asyncDispose]();
});

const create = (name: string) =>
  admin.request<Restock>({
    method: 'POST',
    path,
    body: { ...kind, metadata: { name }, spec: { sku: 'PHONE-001', quantity: 1 } },
  });
const read = () => admin.request<Restock>({ path: `${path}/${restock.metadata.name}` });
const remove = () => admin.request({ method: 'DELETE', path: `${path}/${restock.metadata.name}` });

const condition = (type: string): Condition => ({
  ...{ type, status: 'True', reason: 'Restocked', message: 'Added 1 units' },
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

const writer = () =>
  new StatusWriter<Status>({
    api: client,
    ...kind,
    plural: 'productrestocks',
    fieldManager: 'test-controller',
  });

test('a status is written once, and not again while it stays as it is', async () => {
  const status = { phase: 'Waiting', restocks: 1, trigger: undefined };
  const written = await writer().write(restock, status);
  const after = await read();
  expect(written).toEqual(after);
  expect(after.status).toEqual({ phase: 'Waiting', restocks: 1 });
  expect(await writer().write(after, status)).toBeUndefined();
  expect(proxy.asked).toHaveLength(1);
});

test('a field that is no longer said is removed', async () => {
  await writer().write(restock, { phase: 'Waiting', restocks: 1 });
  await writer().write(await read(), { phase: 'Finished' });
  expect((await read()).status).toEqual({ phase: 'Finished' });
});

test('what others have written into the status goes at once', async () => {
  const status = { phase: 'Finished', conditions: [condition('Ready')] };
  await writer().write(restock, status);
  await admin.request({
    method: 'PATCH',
    path: `${path}/${restock.metadata.name}/status`,
    query: { fieldManager: 'others' },
    contentType: 'application/merge-patch+json',
    body: {
      status: {
        ...{
          conditions: [condition('Stalled'), condition('Ready')],
          nextRestockTime: condition('Ready').lastTransitionTime,
        },
      },
    },
  });
  const written = await writer().write(await read(), status);
  const after = await read();
  expect(after.status).toEqual(status);
  expect(written).toEqual(after);
  proxy.fault = () => ({ kind: 'reset' });
  expect(await writer().write(after, status)).toBeUndefined();
});

test('the status of a resource that is gone is nobody’s, and one of the same name is left alone', async () => {
  await remove();
  expect(await writer().write(restock, { phase: 'Waiting' })).toBeUndefined();
  await create(restock.metadata.name);
  expect(await writer().write(restock, { phase: 'Waiting' })).toBeUndefined();
  expect(await read()).not.toHaveProperty('status');
});

test('upon a resource that has changed meanwhile nothing is written, because the watch will tell', async () => {
  await writer().write(restock, { phase: 'Waiting', restocks: 2 });
  expect(await writer().write(restock, { phase: 'Waiting', restocks: 1 })).toBeUndefined();
  expect((await read()).status).toEqual({ phase: 'Waiting', restocks: 2 });
});

test('an API server that fails is an error, for the queue to try again', async () => {
  proxy.fault = () => ({ kind: 'answer', status: 500 });
  await expect(writer().write(restock, { phase: 'Waiting' })).rejects.toThrow('500');
});

interface Event {
  readonly metadata: { readonly name: string };
  readonly message: string;
  readonly count: number;
}

async function events(): Promise<readonly Event[]> {
  const { items } = await admin.request<ResourceList<Event>>({
    path: '/api/v1/namespaces/default/events',
    query: { fieldSelector: `involvedObject.uid=${restock.metadata.uid}` },
  });
  return items;
}

const recorder = (errors: unknown[] = [], options: Partial<EventRecorderOptions> = {}) =>
  new EventRecorder({
    api: client,
    component: 'test-controller',
    ...kind,
    onError: (error) => errors.push(error),
    ...options,
  });
const restocked = (message: string) => ({ type: 'Normal', reason: 'Restocked', message }) as const;

test('events tell the story in kubectl describe, a repeated one once with its count', async () => {
  {
    await using events = recorder();
    for (let n = 0; n < 3; n++) events.record(restock, restocked('100 units, 117 on hand'));
    events.record(restock, {
      type: 'Warning',
      reason: 'UnknownSku',
      message: 'there is no product PHONE-001',
    });
  }
  expect((await events()).map(({ message, count }) => [message, count])).toEqual(
    expect.arrayContaining([
      ['100 units, 117 on hand', 3],
      ['there is no product PHONE-001', 1],
    ]),
  );
  const described = await kubectl(kubernetes.kubeconfig, 'describe', 'restock', restock.metadata.name);
  expect(described).toMatch(
    /Normal +Restocked +\S+ \(x3 over \S+\) +test-controller +100 units, 117 on hand/,
  );
});

test('an event that the API server has forgotten is created anew', async () => {
  const told = recorder();
  told.record(restock, restocked('again'));
  await told[Symbol.asyncDispose]();
  const [first] = await events();
  await admin.request({
    method: 'DELETE',
    path: `/api/v1/namespaces/default/events/${first?.metadata.name ?? ''}`,
  });
  told.record(restock, restocked('again'));
  await told[Symbol.asyncDispose]();
  expect((await events()).map(({ message }) => message)).toEqual(['again']);
});

test('an event that cannot be written is reported and lost, and the next one is written', async () => {
  const errors: unknown[] = [];
  const told = recorder(errors);
  proxy.fault = () => ({ kind: 'answer', status: 403 });
  told.record(restock, restocked('lost'));
  await told[Symbol.asyncDispose]();
  expect(errors).toHaveLength(1);
  proxy.fault = () => undefined;
  told.record(restock, restocked('lost'));
  await told[Symbol.asyncDispose]();
  expect(await events()).toHaveLength(1);
});

test.each([
  ['the connection broke', { kind: 'reset' }],
  ['the API server had too much to do', { kind: 'answer', status: 429 }],
  ['the API server was not ready', { kind: 'answer', status: 503 }],
] as const)('an event is tried again after %s', async (_why, fault) => {
  const errors: unknown[] = [];
  proxy.fault = () => (proxy.asked.length > 2 ? undefined : fault);
  {
    await using told = recorder(errors);
    told.record(restock, restocked('again'));
  }
  expect((await events()).map(({ message, count }) => [message, count])).toEqual([['again', 1]]);
  expect(proxy.asked).toHaveLength(3);
  expect(errors).toEqual([]);
});

test('an event that was written though the answer was lost is told once', async () => {
  const errors: unknown[] = [];
  const loseAnswer = () => {
    proxy.resetAll();
    return Promise.resolve();
  };
  proxy.fault = () => (proxy.asked.length > 1 ? undefined : { kind: 'late', until: loseAnswer });
  {
    await using told = recorder(errors);
    told.record(restock, restocked('once'));
    told.record(restock, restocked('once'));
  }
  expect((await events()).map(({ message, count }) => [message, count])).toEqual([['once', 2]]);
  expect(proxy.refused).toEqual([409]);
  expect(errors).toEqual([]);
});

test('events for which there is no room are dropped, and disposing waits for an answer only so long', async () => {
  const errors: unknown[] = [];
  proxy.fault = () => ({ kind: 'silence' });
  {
    await using told = recorder(errors, { flushMs: 100 });
    for (let n = 0; n < 1002; n++) told.record(restock, restocked('waits'));
  }
  expect(errors.map(String)).toEqual([
    'Error: events are dropped while 1000 wait to be written',
    'Error: 1000 events were not written within 100 ms',
  ]);
});
