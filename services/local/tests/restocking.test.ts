import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { startKubernetes } from '../src/kubernetes/index.ts';
import { isPortFree } from '../src/processes/ports.ts';
import { freePorts, type Ports, type Restocking, startRestocking } from '../src/platform/index.ts';

const run = promisify(execFile);
const stub = join(import.meta.dirname, 'fixtures/service.ts');
const definition = 'productrestocks.inventory.tradewind.dev';
const building = 30 * 60_000;
const lines: string[] = [];
let dir: string;
let ports: Ports;
let restocking: Restocking;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradewind-restocking-'));
  ports = await freePorts();
  restocking = await start();
}, building);

afterAll(async () => {
  await restocking[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

test('ProductRestock is served, by the kubeconfig and by the kubectl in the folder of the platform', async () => {
  const { stdout } = await run(join(dir, 'kubectl'), ['get', 'restock', '--output=name']);
  expect(stdout).toBe('');
  const flag = ['--kubeconfig', join(dir, 'kubeconfig')];
  const named = await run(join(dir, 'kubectl'), ['get', 'crd', '--output=name', ...flag]);
  expect(named.stdout).toContain(definition);
});

test('the controller gets the cluster, the services, its own key and no other', async () => {
  const environment = await controllerEnvironment();
  expect(environment).toMatchObject({
    KUBECONFIG: join(dir, 'kubeconfig'),
    NATS_URL: inject('natsUrl'),
    INVENTORY_SERVICE: `127.0.0.1:${ports.inventory}`,
  });
  const secrets = JSON.parse(await readFile(join(dir, 'secrets.json'), 'utf8')) as {
    service_keys: Record<string, string>;
  };
  expect(environment['SERVICE_KEY']).toBe(secrets.service_keys['restock-controller']);
  expect(environment).not.toHaveProperty('CALLER_KEYS');
  expect(environment).not.toHaveProperty('MONGO_URI');
});

test('a line tells of each part that is ready, and each has a log', async () => {
  for (const part of ['etcd', 'kube-apiserver', 'restock-controller']) {
    expect(lines.some((line) => line.includes(`✓ ${part} `))).toBe(true);
    await readFile(join(dir, 'logs', `${part}.log`));
  }
});

test('a controller that is killed is started again, as the same candidate for the lease', async () => {
  const before = await controllerEnvironment();
  expect(before['POD_NAME']).toContain(String(ports['restock-controller-metrics']));
  await restocking.controller.kill('SIGKILL');
  await vi.waitFor(
    () => {
      expect(lines).toContain('restock-controller is ready again');
    },
    { timeout: 15_000 },
  );
  expect((await controllerEnvironment())['POD_NAME']).toBe(before['POD_NAME']);
});

test('an API server that is killed is started again with its data', { timeout: 60_000 }, async () => {
  await run(restocking.kubectl, ['create', 'configmap', 'kept']);
  await restocking.kubernetes?.apiServer.kill('SIGKILL');
  await vi.waitFor(
    () => {
      expect(lines).toContain('kube-apiserver is ready again');
    },
    { timeout: 45_000 },
  );
  const { stdout } = await run(restocking.kubectl, ['get', 'configmap', 'kept', '--output=name']);
  expect(stdout).toBe('configmap/kept\n');
});

test('a second start in the folder goes on with what was applied', { timeout: 60_000 }, async () => {
  await run(restocking.kubectl, ['create', 'configmap', 'of-the-first-start']);
  await restocking[Symbol.asyncDispose]();
  expect(await readFile(join(dir, 'logs/restock-controller.log'), 'utf8')).toContain('drained');
  restocking = await start();
  await run(restocking.kubectl, ['get', 'configmap', 'of-the-first-start']);
});

test('a cluster that is named gets definition and controller, with what its credentials may want, and no other is started', async () => {
  await using named = await startKubernetes();
  await using own = await ownFolder();
  vi.stubEnv('CLOUD_PROFILE', 'ada');
  await using joined = await startRestocking({ ...own, entry: stub, kubeconfig: named.kubeconfig });
  vi.unstubAllEnvs();
  expect(joined.kubernetes).toBeUndefined();
  const { stdout } = await run(joined.kubectl, ['get', 'crd', definition, '--output=name']);
  expect(stdout).toContain(definition);
  expect(await controllerEnvironment(own.ports)).toMatchObject({
    KUBECONFIG: named.kubeconfig,
    CLOUD_PROFILE: 'ada',
  });
});

test('a cluster that does not answer is an error that says so', async () => {
  const kubernetes = await startKubernetes();
  await using own = await ownFolder();
  const kubeconfig = join(own.dir, 'named');
  await run('cp', [kubernetes.kubeconfig, kubeconfig]);
  await kubernetes[Symbol.asyncDispose]();
  await expect(startRestocking({ ...own, entry: stub, kubeconfig })).rejects.toThrow(
    /could not be installed: .*refused/,
  );
});

test('a start that is given up ends what it began', async () => {
  await using own = await ownFolder();
  const giveUp = new AbortController();
  const starting = startRestocking({ ...own, entry: stub, signal: giveUp.signal });
  const log = join(own.dir, 'logs/kube-apiserver.log');
  await vi.waitFor(() => readFile(log), { timeout: 20_000 });
  giveUp.abort(new Error('given up'));
  await expect(starting).rejects.toThrow('given up');
  for (const part of ['etcd', 'kube-apiserver'] as const)
    expect(await isPortFree(own.ports[part])).toBe(true);
});

async function start(): Promise<Restocking> {
  const report = (line: string) => lines.push(line);
  return await startRestocking({ dir, ports, natsUrl: inject('natsUrl'), entry: stub, report });
}

async function ownFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-restocking-'));
  return {
    dir: folder,
    ports: await freePorts(),
    natsUrl: inject('natsUrl'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

async function controllerEnvironment(of: Ports = ports): Promise<Record<string, string>> {
  const response = await fetch(`http://127.0.0.1:${of['restock-controller-metrics']}/`);
  return (await response.json()) as Record<string, string>;
}
