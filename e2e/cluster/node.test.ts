import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Cluster, startCluster } from '@tradewind/local/cluster';
import { readLocalConfig } from '@tradewind/local/config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { webObjects } from './web.ts';

const building = 60 * 60_000;
const namespace = `node-${randomUUID().slice(0, 8)}`;
const host = `${namespace}.test`;
const images = { kind: 'docker.io/library/busybox:1.37', node: 'localhost/tradewind-node:1' } as const;

let cluster: Cluster;
let image: string;
const start = async () => await startCluster(readLocalConfig(), console.log);
const kubectl = async (...args: readonly string[]) =>
  await cluster.kubectl('--namespace', namespace, ...args);
const rolledOut = async () => await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
const inPod = async (...command: readonly string[]) =>
  await kubectl('exec', 'deployment/web', '--', ...command);

beforeAll(async () => {
  cluster = await start();
  image = images[cluster.kind];
  await kubectl('create', 'namespace', namespace);
  await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted');
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-node-test-'));
  const file = join(folder, 'web.json');
  await writeFile(file, JSON.stringify(webObjects(image, host)));
  await kubectl('apply', '-f', file);
  await rm(folder, { recursive: true });
  await rolledOut();
}, building);
afterAll(async () => {
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

/** What the ingress answers for a host. */
async function ask(name: string): Promise<{ status: number | undefined; body: string }> {
  return await new Promise((resolve, reject) => {
    const asked = get(
      cluster.address,
      { headers: { host: name }, agent: false, timeout: 5000 },
      (response) => {
        text(response).then((body) => {
          resolve({ status: response.statusCode, body });
        }, reject);
      },
    );
    asked.once('timeout', () => asked.destroy(new Error('no answer')));
    asked.once('error', reject);
  });
}

test('pods find a service by its short and by its full name', async () => {
  for (const name of ['web', `web.${namespace}.svc.cluster.local`]) {
    expect(await inPod('wget', '-q', '-O', '-', `http://${name}/`)).toContain('started');
  }
});

test('the ingress leads to a service by its host, and knows no other', async () => {
  await eventually(async () => (await ask(host)).body.includes('started'));
  expect((await ask('unknown.test')).status).toBe(404);
});

test('a volume outlives its pod', async () => {
  await inPod('sh', '-c', 'echo kept >> /data/index.html');
  await kubectl('delete', 'pod', '-l', 'app=web');
  await rolledOut();
  expect(await eventually(() => inPod('cat', '/data/index.html'))).toMatch(/started\nkept\nstarted$/);
});

test("Pod Security 'restricted' refuses a pod that may be root", async () => {
  await expect(kubectl('run', 'root', `--image=${image}`, '--restart=Never')).rejects.toThrow(
    /violates PodSecurity "restricted/,
  );
});

/** By its own metrics, as seconds since 1970. */
async function kubeletStart(): Promise<string | undefined> {
  const node = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}');
  const metrics = await kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/metrics`);
  return /^process_start_time_seconds (.+)$/m.exec(metrics)?.[1];
}

test('a killed kubelet comes back, and the pods have gone on without it', async () => {
  const state =
    '{range .items[*]}{.metadata.uid} {.status.containerStatuses[0].state.running.startedAt}{"\\n"}{end}';
  const pods = async () => await kubectl('get', 'pods', '-l', 'app=web', '-o', `jsonpath=${state}`);
  const before = await pods();
  const started = await kubeletStart();
  await cluster.killKubelet();
  await eventually(async () => (await kubeletStart()) !== started);
  await kubectl('scale', 'deployment/web', '--replicas=2');
  await kubectl('wait', '--for=jsonpath={.status.readyReplicas}=2', 'deployment/web', '--timeout=60s');
  expect((await pods()).split('\n')).toContain(before);
});

test('what runs is left as it is when it is started once more', async () => {
  const dns = async () =>
    await kubectl(
      'get',
      'pods',
      '--namespace=kube-system',
      '-l',
      'k8s-app=kube-dns',
      '-o',
      'jsonpath={.items[*].metadata.uid}',
    );
  const before = await dns();
  await start();
  expect(await dns()).toBe(before);
});
