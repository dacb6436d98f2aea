import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { V1PolicyRule } from '@kubernetes/client-node';
import { all, pick, type Plain, render } from './kit/render.ts';

const k8s = join(import.meta.dirname, '../../k8s');
const controller = 'shop-tradewind-restock-controller';

interface Rules {
  readonly kind: string;
  readonly rules?: readonly Plain<V1PolicyRule>[];
}

async function rulesIn(file: string): Promise<readonly Plain<V1PolicyRule>[]> {
  const documents = parseAllDocuments(await readFile(join(k8s, file), 'utf8'));
  return documents.map((document) => document.toJS() as Rules).find(({ rules }) => rules)?.rules ?? [];
}

test('the definition is that of k8s/crd', async () => {
  const manifests = await render({ crds: { keep: false } });
  const definition = pick(manifests, 'CustomResourceDefinition', 'productrestocks.inventory.tradewind.dev');
  const source = parse(await readFile(join(k8s, 'crd/productrestocks.yaml'), 'utf8')) as typeof definition;
  expect(definition.spec).toEqual(source.spec);
  expect(definition.metadata).not.toHaveProperty('annotations.helm.sh/resource-policy');
});

test('the controller of the whole cluster has the rights of k8s/rbac', async () => {
  const manifests = await render();
  expect(pick(manifests, 'ClusterRole', controller).rules).toEqual(
    await rulesIn('rbac/cluster/restocks.yaml'),
  );
  const roles = all(manifests, 'Role').map(({ metadata }) => metadata?.name);
  expect(roles.toSorted()).toEqual(['shop-tradewind-cli', `${controller}-lease`]);
});

test('the controller of one namespace has them in that one only', async () => {
  const manifests = await render({ restocks: { watchNamespace: 'warehouse', roles: false } });
  const role = pick(manifests, 'Role', controller);
  expect(role.metadata?.namespace).toBe('warehouse');
  expect(role.rules).toEqual(await rulesIn('rbac/namespace/restocks.yaml'));
  expect(all(manifests, 'ClusterRole')).toEqual([]);
  const { env } = pick(manifests, 'Deployment', controller).spec?.template.spec?.containers[0] ?? {};
  expect(env).toContainEqual({ name: 'WATCH_NAMESPACE', value: 'warehouse' });
});

test('its Lease is in its own namespace, under the name that it is told', async () => {
  const manifests = await render();
  const role = pick(manifests, 'Role', `${controller}-lease`);
  const source = await rulesIn('rbac/controller/lease.yaml');
  const renamed = source.map((rule) =>
    rule.resourceNames ? { ...rule, resourceNames: [controller] } : rule,
  );
  expect(role.rules).toEqual(renamed);
  expect(role.metadata?.namespace).toBe('store');
  const { env } = pick(manifests, 'Deployment', controller).spec?.template.spec?.containers[0] ?? {};
  expect(env).toContainEqual({ name: 'LEASE_NAME', value: controller });
});

test.each(['viewer', 'editor'] as const)('people get the role of the %s', async (role) => {
  const manifests = await render();
  const rendered = pick(manifests, 'ClusterRole', `shop-tradewind-restock-${role}`);
  expect(rendered.rules).toEqual(await rulesIn(`rbac/people/${role}.yaml`));
  const joins = role === 'viewer' ? 'view' : 'edit';
  expect(rendered.metadata?.labels).toHaveProperty(
    [`rbac.authorization.k8s.io/aggregate-to-${joins}`],
    'true',
  );
});

test.each([
  [{}, 'store'],
  [{ restocks: { watchNamespace: 'warehouse' } }, 'warehouse'],
])(
  'helm test restocks by rights of its own, and only where the controller looks: %j',
  async (values, namespace) => {
    const manifests = await render(values);
    const story = pick(manifests, 'Pod', 'shop-tradewind-story');
    expect(story.spec?.serviceAccountName).toBe('shop-tradewind-cli');
    expect(story.spec?.containers[0]?.args).toEqual(['demo', '--restock', `--namespace=${namespace}`]);
    const role = pick(manifests, 'Role', 'shop-tradewind-cli');
    expect(role.metadata?.namespace).toBe(namespace);
    expect(role.rules).toEqual([
      {
        apiGroups: ['inventory.tradewind.dev'],
        resources: ['productrestocks'],
        verbs: ['create', 'get', 'patch'],
      },
    ]);
    expect(role.metadata?.annotations).toMatchObject({
      'helm.sh/hook': 'test',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
  },
);

test('helm test plays without a restock where no controller runs', async () => {
  const manifests = await render({ workloads: { 'restock-controller': { enabled: false } } });
  const { spec } = pick(manifests, 'Pod', 'shop-tradewind-story');
  expect(spec?.containers[0]?.args).toEqual(['demo']);
  expect(spec).not.toHaveProperty('serviceAccountName');
  expect(all(manifests, 'Role')).toEqual([]);
});
