import { join } from 'node:path';
import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from '../src/runtime/api-client.ts';
import { directConfig } from './kit/fault-proxy.ts';
import { installDefinition, kubectl, manifests } from './kit/restock-api.ts';

let kubernetes: Kubernetes;
const admin = (...args: readonly string[]) => kubectl(kubernetes.kubeconfig, ...args);
const sample = join(manifests, 'samples/schedule.yaml');
const name = 'cables-every-monday';

beforeAll(async () => {
  kubernetes = await startKubernetes();
  await installDefinition(kubernetes.kubeconfig);
  await admin('apply', '-k', join(manifests, 'rbac/people'));
  for (const role of ['viewer', 'editor']) {
    const bound = ['--clusterrole', `tradewind-restock-${role}`, '--user', role, '--namespace', 'default'];
    await admin('create', 'rolebinding', role, ...bound);
  }
}, 30 * 60_000);
afterAll(async () => {
  await kubernetes[Symbol.asyncDispose]();
});

/** Tells of the sample what a controller could. */
async function tellEvent(): Promise<void> {
  using api = new ApiClient(directConfig(kubernetes.kubeconfig));
  const uid = await admin('get', 'restock', name, '-o', 'jsonpath={.metadata.uid}');
  await api.request({
    method: 'POST',
    path: '/api/v1/namespaces/default/events',
    body: {
      metadata: { generateName: name },
      involvedObject: { kind: 'ProductRestock', namespace: 'default', name, uid },
      ...{ type: 'Normal', reason: 'Restocked', message: 'Added 120 units, 500 on hand' },
    },
  });
}

const forbidden = 'is forbidden: User';
const status = ['patch', 'restock', name, '--subresource=status', '--type=merge', '-p', '{"status":{}}'];
const suspend = ['patch', 'restock', name, '--type=merge', '-p', '{"spec":{"suspend":true}}'];

describe('a viewer', () => {
  const viewer = (...args: readonly string[]) => admin('--as', 'viewer', ...args);
  beforeAll(async () => {
    await admin('apply', '-f', sample);
    await tellEvent();
  });

  test('gets, lists, describes and watches', async () => {
    expect(await viewer('get', 'restock', name)).toContain(name);
    expect(await viewer('get', 'restocks')).toContain(name);
    expect(await viewer('describe', 'restock', name)).toContain('Added 120 units, 500 on hand');
    const path = '/apis/inventory.tradewind.dev/v1alpha1/namespaces/default/productrestocks';
    expect(await viewer('get', '--raw', `${path}?watch=1&timeoutSeconds=1`)).toContain('"type":"ADDED"');
  });

  test.each([
    ['create', ['create', '-f', sample, '--dry-run=server']],
    ['change', suspend],
    ['delete', ['delete', 'restock', name]],
    ['write the status', status],
    ['look into another namespace', ['get', 'restocks', '--namespace', 'kube-system']],
  ])('cannot %s', async (_what, args) => {
    await expect(viewer(...args)).rejects.toThrow(forbidden);
  });
});

describe('an editor', () => {
  const editor = (...args: readonly string[]) => admin('--as', 'editor', ...args);

  test('creates, reads, changes and deletes', async () => {
    await admin('delete', '--ignore-not-found', '-f', sample);
    expect(await editor('apply', '-f', sample)).toContain('created');
    expect(await editor('get', 'restocks')).toContain(name);
    expect(await editor(...suspend)).toContain('patched');
    expect(await editor('replace', '-f', sample)).toContain('replaced');
    await tellEvent();
    expect(await editor('describe', 'restock', name)).toContain('Added 120 units, 500 on hand');
    expect(await editor('delete', '-f', sample)).toContain('deleted');
  });

  test.each([
    ['write the status', status],
    ['order for another namespace', ['apply', '-f', sample, '--namespace', 'kube-system']],
  ])('cannot %s', async (_what, args) => {
    await admin('apply', '-f', sample);
    await expect(editor(...args)).rejects.toThrow(forbidden);
  });
});

test.each([
  ['view', 'viewer'],
  ['edit', 'editor'],
])('what Kubernetes aggregates into its own %s has the %s in it', async (own, ours) => {
  const labels = await admin(
    ...['get', 'clusterrole', own],
    ...['-o', 'jsonpath={.aggregationRule.clusterRoleSelectors[*].matchLabels}'],
  );
  const selector = Object.entries(JSON.parse(labels) as Record<string, string>).map((pair) => pair.join('='));
  const found = await admin('get', 'clusterroles', '-o', 'name', '-l', selector.join(','));
  expect(found.split('\n')).toContain(`clusterrole.rbac.authorization.k8s.io/tradewind-restock-${ours}`);
});
