import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { containersOf, podsOf } from './kit/pods.ts';
import { all, type Manifest, pick, render, renderText, type Values } from './kit/render.ts';
import { matrix, withGatewayApi } from './kit/matrix.ts';

const processes = [
  'gateway',
  'inventory',
  'inventory-consumer',
  'mongodb-setup',
  'notification',
  'order',
  'restock-controller',
  'user',
];
const servers: Readonly<Record<string, number>> = {
  inventory: 50051,
  order: 50052,
  user: 50053,
  notification: 50054,
};
const name = (component: string) => `shop-tradewind-${component}`;

let usual: readonly Manifest[];
let everything: readonly Manifest[];

beforeAll(async () => {
  usual = await render();
  everything = await render(matrix['everything on']);
});

const template = (manifests: readonly Manifest[], component: string) => {
  const spec = pick(manifests, 'Deployment', name(component)).spec?.template.spec;
  const [container] = spec?.containers ?? [];
  if (!spec || !container) throw new Error(`${component} has no container`);
  return { spec, container };
};

describe.each(Object.entries(matrix))('with %s', (_title, values) => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await render(values);
  });

  test('every pod meets Pod Security "restricted" on a read-only root, and none holds a token but the controller and helm test', () => {
    const pods = podsOf(manifests);
    for (const pod of pods) {
      expect.soft(pod.spec.securityContext, pod.of).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of containersOf(pod)) {
        expect.soft(container.securityContext, `${pod.of} ${container.name}`).toEqual({
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        });
      }
      for (const { hostPath } of pod.spec.volumes ?? []) expect.soft(hostPath, pod.of).toBeUndefined();
      expect.soft(pod.spec, pod.of).not.toHaveProperty('hostNetwork');
      const restocks = pods.some(({ of }) => of === `Deployment ${name('restock-controller')}`);
      const speaksToKubernetes = [`Deployment ${name('restock-controller')}`, 'Pod shop-tradewind-story'];
      expect
        .soft(pod.spec.automountServiceAccountToken, pod.of)
        .toBe(restocks && speaksToKubernetes.includes(pod.of));
    }
  });

  test('no two objects share a name, and each says to what it belongs', () => {
    const names = manifests.map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
    );
    expect(new Set(names).size).toBe(names.length);
    for (const { metadata, kind } of manifests) {
      const labels = { 'app.kubernetes.io/part-of': 'tradewind', 'app.kubernetes.io/instance': 'shop' };
      expect.soft(metadata.labels, `${kind} ${metadata.name}`).toMatchObject(labels);
    }
  });

  test('each Service, PodDisruptionBudget and NetworkPolicy selects pods that there are', () => {
    const pods = podsOf(manifests);
    const selectors = [
      ...all(manifests, 'Service').map(({ metadata, spec }) => ({ metadata, labels: spec?.selector })),
      ...all(manifests, 'PodDisruptionBudget').map(({ metadata, spec }) => ({
        metadata,
        labels: spec?.selector?.matchLabels,
      })),
    ];
    for (const { metadata, labels = {} } of selectors) {
      const selected = pods.filter((pod) =>
        Object.entries(labels).every(([key, value]) => pod.labels[key] === value),
      );
      expect.soft(selected.length, metadata?.name).toBe(1);
    }
  });
});

test('every pod runs as a user that is nobody, unless the ids are left to the platform', async () => {
  const ids: Readonly<Record<string, number>> = { mongodb: 999, nats: 1000, redis: 999 };
  const always = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  for (const { of, labels, spec } of podsOf(usual)) {
    const id = ids[labels['app.kubernetes.io/component'] ?? ''] ?? 65532;
    const own = { runAsUser: id, runAsGroup: id, fsGroup: id, fsGroupChangePolicy: 'OnRootMismatch' };
    expect.soft(spec.securityContext, of).toEqual({ ...always, ...own });
  }
  for (const { of, spec } of podsOf(await render(matrix['ids left to the platform'])))
    expect.soft(spec.securityContext, of).toEqual(always);
});

test('no service account hands out its token by itself', () => {
  for (const { metadata, automountServiceAccountToken } of all(usual, 'ServiceAccount'))
    expect.soft(automountServiceAccountToken, metadata?.name).toBe(false);
});

test('each process has a Deployment, a ServiceAccount, a Service, a budget and a policy of its own', () => {
  for (const component of processes) {
    const { spec, container } = template(usual, component);
    expect(container.args).toEqual([component]);
    expect(container.image).toBe('ghcr.io/tradewind/tradewind:0.1.0');
    expect(spec.serviceAccountName).toBe(name(component));
    for (const kind of ['ServiceAccount', 'Service', 'PodDisruptionBudget', 'NetworkPolicy'] as const)
      pick(usual, kind, name(component));
  }
  expect(all(usual, 'Deployment').map(({ metadata }) => metadata?.name)).toEqual(processes.map(name));
});

test('probes ask what the processes serve: it lives as soon as it runs, and is ready when it has all that it needs', () => {
  for (const component of processes) {
    const { container } = template(usual, component);
    expect(container.ports).toContainEqual({ name: 'metrics', containerPort: 9464 });
    expect(container.startupProbe?.httpGet).toEqual({ path: '/livez', port: 'metrics' });
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/livez', port: 'metrics' });
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'metrics' });
  }
});

test('a server answers until all have heard that it leaves, and then has its time to drain before it is killed', () => {
  for (const component of processes) {
    const { spec, container } = template(usual, component);
    const delay = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(delay).toBe(component === 'gateway' || component in servers ? 5 : 0);
    const grace = container.env?.find((variable) => variable.name === 'SHUTDOWN_GRACE_MS')?.value;
    expect(grace).toBe('25000');
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(delay + Number(grace) / 1000);
  }
});

test('a new version takes over without a pod less, and the pods are spread over nodes and zones', () => {
  for (const component of processes) {
    const { spec } = template(usual, component);
    const { strategy } = pick(usual, 'Deployment', name(component)).spec ?? {};
    expect(strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    const keys = spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
    expect(keys).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']);
  }
});

test('gRPC servers are headless, so that clients balance over their pods', () => {
  for (const [component, port] of Object.entries(servers)) {
    const { spec } = pick(usual, 'Service', name(component));
    expect(spec?.clusterIP).toBe('None');
    expect(spec?.ports).toContainEqual({ name: 'grpc', port, targetPort: 'grpc', appProtocol: 'grpc' });
  }
  expect(pick(usual, 'Service', name('gateway')).spec).not.toHaveProperty('clusterIP');
});

test('what the defaults request fits one of two CPUs, and 2.5 GiB', () => {
  let cpu = 0;
  let memory = 0;
  for (const { metadata, spec } of [...all(usual, 'Deployment'), ...all(usual, 'StatefulSet')]) {
    for (const { name: container, resources } of spec?.template.spec?.containers ?? []) {
      expect(resources?.limits?.['memory'], `${metadata?.name ?? ''} ${container}`).toBeDefined();
      cpu += (spec?.replicas ?? 1) * milli(resources?.requests?.['cpu']);
      memory += (spec?.replicas ?? 1) * mebibytes(resources?.requests?.['memory']);
    }
  }
  expect(cpu).toBeLessThanOrEqual(1000);
  expect(memory).toBeLessThanOrEqual(2560);
});

test('an autoscaler sets the number of pods, and the Deployment then does not', () => {
  for (const component of processes) {
    expect(pick(everything, 'Deployment', name(component)).spec).not.toHaveProperty('replicas');
    const { spec } = pick(everything, 'HorizontalPodAutoscaler', name(component));
    expect(spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: name(component) });
  }
  expect(pick(usual, 'Deployment', name('order')).spec?.replicas).toBe(2);
});

test('defaults reach every process, and what one says of itself wins', () => {
  for (const component of processes) {
    const { spec } = template(everything, component);
    expect(spec.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' });
    expect(spec.tolerations).toEqual([{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }]);
    expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(spec.priorityClassName).toBe('shop');
    const { metadata } = pick(everything, 'Deployment', name(component)).spec?.template ?? {};
    expect(metadata?.labels).toMatchObject({ tier: 'shop', team: 'shop' });
    expect(metadata?.annotations).toMatchObject({ 'example.com/scrape': 'true' });
    expect(spec.affinity !== undefined).toBe(component === 'order');
  }
  const { container } = template(everything, 'order');
  expect(container.env).toContainEqual({ name: 'CHECK_STOCK_MS', value: '100' });
  expect(container.env).toContainEqual({
    name: 'ZONE',
    valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
  });
});

test('a label of pods takes the place of the same one of all objects, and does not stand beside it', async () => {
  const text = await renderText({ commonLabels: { team: 'shop' }, redis: { podLabels: { team: 'data' } } }, [
    '--set',
    'secrets.ephemeral=true',
    '--show-only',
    'templates/redis.yaml',
  ]);
  for (const document of parseAllDocuments(text)) expect(document.errors).toEqual([]);
  expect(text).toContain('team: data');
});

test('extraEnv takes the place of a variable of the chart, and does not stand beside it', async () => {
  const manifests = await render({ workloads: { order: { extraEnv: { LOG_LEVEL: 'debug' } } } });
  const { container } = template(manifests, 'order');
  expect(container.env?.filter((variable) => variable.name === 'LOG_LEVEL')).toEqual([
    { name: 'LOG_LEVEL', value: 'debug' },
  ]);
});

test('another password or configuration makes new pods', async () => {
  const annotation = (manifests: readonly Manifest[], component: string) =>
    pick(manifests, 'Deployment', name(component)).spec?.template.metadata?.annotations?.['checksum/secrets'];
  const again = await render();
  for (const component of processes) {
    expect(annotation(usual, component)).toMatch(/^[0-9a-f]{64}$/);
    expect(annotation(again, component)).not.toBe(annotation(usual, component));
  }
  const nats = (manifests: readonly Manifest[]) =>
    pick(manifests, 'StatefulSet', name('nats')).spec?.template.metadata?.annotations?.['checksum/config'];
  const larger = await render({ nats: { maxFileStore: '20GiB' } });
  expect(nats(larger)).not.toBe(nats(usual));
  expect(nats(again)).toBe(nats(usual));
});

test('a process that is not wanted leaves nothing behind', async () => {
  const manifests = await render(matrix['no restocks']);
  expect(manifests.filter(({ metadata }) => metadata.name.includes('restock-controller'))).toEqual([]);
});

test('stores run their server by command, never by the entrypoint of the image, and keep their data', () => {
  const commands = { mongodb: ['mongod'], nats: ['nats-server'], redis: ['redis-server'] };
  for (const [store, command] of Object.entries(commands)) {
    const { spec } = pick(usual, 'StatefulSet', name(store));
    expect(spec?.template.spec?.containers[0]?.command).toEqual(command);
    expect(spec?.volumeClaimTemplates?.[0]?.spec?.accessModes).toEqual(['ReadWriteOnce']);
    for (const { command: first } of spec?.template.spec?.initContainers ?? []) expect(first).toBeDefined();
  }
});

test('three members of each store know each other by names that stay', async () => {
  const manifests = await render(matrix['three of each store']);
  const members = [0, 1, 2].map(
    (index) => `shop-tradewind-mongodb-${index}.shop-tradewind-mongodb.store.svc.cluster.local:27017`,
  );
  const { container: setup } = template(manifests, 'mongodb-setup');
  expect(setup.env).toContainEqual({ name: 'MONGO_MEMBERS', value: members.join(',') });
  const uri = template(manifests, 'order').container.env?.find(
    (variable) => variable.name === 'MONGO_URI',
  )?.value;
  expect(uri).toBe(
    `mongodb://tradewind_order:$(MONGO_PASSWORD)@${members.join(',')}/?replicaSet=rs0&authSource=admin`,
  );
  expect(template(manifests, 'order').container.env).toContainEqual({
    name: 'NATS_STREAM_REPLICAS',
    value: '3',
  });
  const nats = pick(manifests, 'StatefulSet', name('nats')).spec?.template.spec?.containers[0];
  expect(nats?.env).toContainEqual({
    name: 'NATS_ROUTE_2',
    value: '"nats://routes:$(ROUTE_PASSWORD)@shop-tradewind-nats-2.shop-tradewind-nats-nodes.store.svc:6222"',
  });
});

test('external stores are not run, and not asked for a password that nobody gave', async () => {
  const manifests = await render(matrix['external stores without log-in']);
  expect(all(manifests, 'StatefulSet')).toEqual([]);
  const names = template(manifests, 'order').container.env?.map((variable) => variable.name);
  expect(names).toEqual(expect.arrayContaining(['MONGO_URI', 'NATS_URL', 'REDIS_ADDR']));
  for (const name of ['NATS_PASSWORD', 'REDIS_PASSWORD']) expect(names).not.toContain(name);
  // Streams that were spread by hand stay spread.
  expect(names).not.toContain('NATS_STREAM_REPLICAS');
});

test.each([
  [{ mongodb: { enabled: false } }, 'mongodb.external.existingSecret is needed'],
  [{ nats: { enabled: false } }, 'nats.external.url is needed'],
  [{ redis: { enabled: false } }, 'redis.external.address is needed'],
  [{ httpRoute: { enabled: true } }, 'httpRoute.parentRefs is needed'],
])('%j is refused, and says why', async (values, reason) => {
  await expect(render(values)).rejects.toThrow(reason);
});

test('an Ingress leads each host to the gateway', () => {
  const { spec } = pick(everything, 'Ingress', name('gateway'));
  expect(spec).toEqual({
    ingressClassName: 'nginx',
    tls: [{ secretName: 'shop-tls', hosts: ['shop.example.com'] }],
    rules: [
      {
        host: 'shop.example.com',
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: name('gateway'), port: { name: 'http' } } },
            },
          ],
        },
      },
    ],
  });
});

test('an HTTPRoute joins its Gateways, and leads their requests to the gateway', async () => {
  const manifests = await render(withGatewayApi);
  expect(pick(manifests, 'HTTPRoute', name('gateway')).spec).toEqual({
    parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
    hostnames: ['shop.example.com'],
    rules: [{ backendRefs: [{ name: name('gateway'), port: 80 }] }],
  });
});

function milli(quantity = '0'): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) : Number(quantity) * 1000;
}

function mebibytes(quantity = '0Mi'): number {
  if (quantity.endsWith('Gi')) return Number(quantity.slice(0, -2)) * 1024;
  if (quantity.endsWith('Mi')) return Number(quantity.slice(0, -2));
  throw new Error(`${quantity} is not counted here`);
}

test('the audit reads with an account of its own, by itself only when a schedule says so', async () => {
  const job = async (values: Values) => pick(await render(values), 'CronJob', 'shop-tradewind-audit');
  const asked = await job({});
  expect(asked.spec.suspend).toBe(true);
  const [container] = asked.spec.jobTemplate.spec?.template.spec?.containers ?? [];
  expect(container?.args).toEqual(['audit']);
  expect(container?.env?.find(({ name }) => name === 'MONGO_URI')?.value).toContain('//tradewind_audit:');
  const nightly = await job({ audit: { schedule: '30 2 * * *' } });
  expect(nightly.spec).toMatchObject({ suspend: false, schedule: '30 2 * * *' });
});
