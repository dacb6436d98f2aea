import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findBinary,
  findGo,
  gatewayDefinitions,
  type Kubernetes,
  startKubernetes,
} from '@tradewind/local/kubernetes';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { chart } from '../derived-files.ts';
import { matrix, withGatewayApi } from './kit/matrix.ts';
import { namespace, release, renderText } from './kit/render.ts';

/** The file's whole work is asking a real API server, which has to be built once. */
const building = 30 * 60_000;

let kubernetes: Kubernetes;
let folder: string;

interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

async function run(file: string, args: readonly string[], input = ''): Promise<Said> {
  const env = { ...process.env, KUBECONFIG: kubernetes.kubeconfig, HELM_CACHE_HOME: folder };
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  return await new Promise((resolve, reject) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr, { cause: error }));
      else resolve({ stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

const kubectl = async (args: readonly string[], input?: string) =>
  await run(await findBinary('kubectl'), args, input);
const helm = async (...args: readonly string[]) =>
  await run(await findBinary('helm'), [...args, '--namespace', namespace]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-helm-'));
  kubernetes = await startKubernetes();
  // Nobody makes these here, since no controller of Kubernetes runs.
  const level = (mode: string) => [`pod-security.kubernetes.io/${mode}`, 'restricted'] as const;
  const surroundings = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: Object.fromEntries<string>(['enforce', 'warn', 'audit'].map(level)),
      },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'shop' }, value: 1000 },
  ];
  const list = { apiVersion: 'v1', kind: 'List', items: surroundings };
  await kubectl(['apply', '--filename', '-'], JSON.stringify(list));
  await using go = await findGo({ folder, cachesDir: join(folder, 'go') });
  const definitions = await gatewayDefinitions(go);
  for (const kind of ['httproutes', 'backendtlspolicies']) {
    const file = join(definitions, `gateway.networking.k8s.io_${kind}.yaml`);
    await kubectl(['apply', '--server-side', '--filename', file]);
    await vi.waitFor(() => kubectl(['get', kind]), { timeout: 60_000, interval: 200 });
  }
}, building);

afterAll(async () => {
  await kubernetes[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const accepted = {
  ...matrix,
  'an HTTPRoute': withGatewayApi,
  'an HTTPRoute over TLS': { ...withGatewayApi, tls: { enabled: true } },
};

describe(
  'a real API server takes every object, knows every field, and warns of nothing',
  { timeout: 120_000 },
  () => {
    test.each(Object.entries(accepted))('%s', async (_title, values) => {
      const manifests = await renderText(values, ['--set', 'secrets.ephemeral=true']);
      const args = [
        'apply',
        '--dry-run=server',
        '--validate=strict',
        '--namespace',
        namespace,
        '--filename',
        '-',
      ];
      const { stdout, stderr } = await kubectl(args, manifests);
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n').length).toBe(manifests.match(/^kind: /gm)?.length);
    });

    test('and it warns of a pod that takes more rights than Pod Security "restricted" gives', async () => {
      const manifests = await renderText({}, ['--set', 'secrets.ephemeral=true']);
      const careless = manifests.replaceAll(
        'allowPrivilegeEscalation: false',
        'allowPrivilegeEscalation: true',
      );
      const args = ['apply', '--dry-run=server', '--namespace', namespace, '--filename', '-'];
      await expect(kubectl(args, careless)).rejects.toThrow(/violates PodSecurity "restricted/);
    });
  },
);

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
    await helm('uninstall', release);
  },
  building,
);
