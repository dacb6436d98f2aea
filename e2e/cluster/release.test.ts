import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDemo } from '@tradewind/cli/demo';
import { type Cluster, startCluster } from '@tradewind/local/cluster';
import { readLocalConfig } from '@tradewind/local/config';
import {
  deployed,
  installRelease,
  uninstallRelease,
  untilReady,
  type Values,
} from '@tradewind/local/deployment';
import { buildImages } from '@tradewind/local/images';
import type { Answers } from '../faults/kit/answers.ts';
import { clearShare, expectCleanBooks } from '../faults/kit/checks.ts';
import { whileTrading, type ScenarioOptions } from '../faults/kit/scenario.ts';
import { eventually } from '../kit/eventually.ts';
import { footprintOf } from './kit/footprint.ts';
import { type Installation, openInstallation } from './kit/installation.ts';
import { commandsIn, openShell } from './kit/shell.ts';

/**
 * The life of one release, from its installation to its removal. The tests follow each other: what one installs, the next
 * one uses, as an operator would.
 */
const release = { namespace: 'e2e', name: 'tradewind' };
const repository = join(import.meta.dirname, '../..');
/** The first chart that could be installed, as it was published then. */
const firstChart = join(import.meta.dirname, 'charts/tradewind-0.1.0.tgz');
/** Some of it waits for builds and for images. */
const installing = 30 * 60_000;
const minutes = 60_000;

let cluster: Cluster;
let values: readonly Values[];
let shop: Installation;
const said: string[] = [];

const install = async (chart?: string) => {
  const report = (line: string) => said.push(line);
  await installRelease(cluster, { ...release, values, report, ...(chart === undefined ? {} : { chart }) });
};
const ready = () => untilReady(cluster.kubectl, release, () => undefined);
const load: Omit<ScenarioOptions, 'seed'> = { atOnce: 8, perSecond: 60, orders: 200 };

beforeAll(async () => {
  const { dir } = readLocalConfig();
  const print = (line: string) => {
    console.log(line);
  };
  cluster = await startCluster({ dir }, print);
  const others = await cluster.kubectl('get', 'deployments', '-n', deployed.namespace, '-o', 'name');
  if (others !== '')
    throw new Error('the shop of `make deploy` has the ingress: `make undeploy` comes first');
  const images = await buildImages({ dir, print });
  await cluster.loadImages(images.archives);
  // Resources that another release has left in this cluster would restock the same products.
  const restocks = { watchNamespace: release.namespace };
  values = [images.values, { ingress: { enabled: true }, restocks }];
  await removeAll();
}, installing);

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
  await removeAll();
}, installing);

/** Also what an uninstalled release leaves. */
async function removeAll(): Promise<void> {
  await uninstallRelease(cluster, release);
  await cluster.kubectl('delete', 'namespace', release.namespace, '--ignore-not-found');
}

describe('installation', () => {
  test(
    'the first chart is installed until all is ready, and nothing is rejected or warned of',
    async () => {
      await install(firstChart);
      expect(said.filter((line) => line.startsWith('helm:'))).toEqual([]);
      const failures = ['get', 'events', '--field-selector', 'reason=FailedCreate', '--output', 'name'];
      expect(await cluster.kubectl('--namespace', release.namespace, ...failures)).toBe('');
      shop = await openInstallation(cluster, release);
    },
    installing,
  );

  test(
    'a customer goes through the shop by the ingress',
    async () => {
      const { signal } = new AbortController();
      const story = await runDemo({ admin: shop.admin, signal, observer: { done: () => undefined } });
      expect(story.confirmed.status).toBe('CONFIRMED');
      expect(story.cancelled.status).toBe('CANCELLED');
      expect(story.stock.ordered).toBe(story.stock.before - 2);
      expect(story.stock.cancelled).toBe(story.stock.before);
    },
    2 * minutes,
  );

  test.each(readdirSync(join(repository, 'k8s/samples')))(
    'the sample restock %s is ready after `kubectl apply`',
    async (file) => {
      const sample = ['-f', join(repository, 'k8s/samples', file)];
      await shop.kubectl('apply', ...sample);
      await shop.kubectl('wait', '--for=condition=Ready', '--timeout=60s', ...sample);
    },
    2 * minutes,
  );

  test(
    'the books are audited in the cluster',
    async () => {
      await shop.kubectl('create', 'job', '--from=cronjob/tradewind-audit', 'audit-1');
      await shop.kubectl('wait', 'job/audit-1', '--for=condition=Complete', '--timeout=90s');
      expect(await shop.kubectl('logs', 'job/audit-1')).toMatch(/right|clean/i);
    },
    2 * minutes,
  );

  test(
    '`helm test` places an order and applies a restock',
    async () => {
      const { stdout } = await shop.helm('test', release.name, '--logs', '--timeout', '3m');
      expect(stdout).toContain('Succeeded');
      expect(stdout).toMatch(/See the stock return/);
      expect(stdout).toMatch(/See the controller fill the shelf by itself/);
    },
    4 * minutes,
  );

  test(
    'the idle platform is as small as it is said to be',
    async () => {
      const pods = (
        await shop.kubectl('get', 'pods', '--field-selector=status.phase=Running', '-o', 'name')
      ).split('\n');
      const all = await eventually(
        async () => {
          const measured = await footprintOf(cluster.kubectl, release.namespace);
          return measured.length >= pods.length && measured;
        },
        { within: 90_000, every: 1_000 },
      );
      const mib = all.reduce((sum, pod) => sum + pod.mib, 0);
      console.table(
        all.map(({ pod, mib: m, millicores: c }) => ({ pod, MiB: Math.round(m), 'm cores': Math.round(c) })),
      );
      console.log(`${Math.round(mib)} MiB in all`);
      expect(mib).toBeLessThan(3 * 1024);
    },
    2 * minutes,
  );
});

/** Not even one order may have had to be repeated. */
function expectNoFailedRequest(answers: Answers): void {
  expect(clearShare(answers)).toBe(1);
  const unclear = [...answers.offers.values()].filter(({ first }) => first === 'unclear');
  expect(unclear).toEqual([]);
}

describe('changes under load', () => {
  test(
    'an upgrade to the present chart fails no request',
    async () => {
      const answers = await whileTrading(shop, { ...load, seed: 61 }, async () => {
        await install();
      });
      expectNoFailedRequest(answers);
    },
    10 * minutes,
  );

  test(
    'a rolling restart of every Deployment fails no request',
    async () => {
      const answers = await whileTrading(shop, { ...load, seed: 62 }, async () => {
        await shop.kubectl('rollout', 'restart', 'deployment');
        await ready();
      });
      expectNoFailedRequest(answers);
    },
    10 * minutes,
  );

  test(
    'a rollback to the first chart fails no request',
    async () => {
      const answers = await whileTrading(shop, { ...load, seed: 63 }, async () => {
        await shop.helm('rollback', release.name, '1');
        await ready();
      });
      expectNoFailedRequest(answers);
    },
    10 * minutes,
  );
});

/** Kills the first pod of these without a warning, and waits until another one has taken its place. */
async function killPod(labels: string): Promise<void> {
  const selector = `app.kubernetes.io/instance=${release.name},${labels}`;
  const listed = ['get', 'pods', '--selector', selector, '--field-selector=status.phase=Running'];
  const uids = async () =>
    (await shop.kubectl(...listed, '-o', 'jsonpath={.items[*].metadata.uid}')).split(' ');
  const pod = (await shop.kubectl(...listed, '-o', 'name')).split('\n')[0] ?? '';
  const killed = await shop.kubectl('get', pod, '-o', 'jsonpath={.metadata.uid}');
  const count = (await uids()).length;
  await shop.kubectl('delete', pod, '--grace-period=0', '--force', '--wait=false');
  await eventually(
    async () => {
      const now = await uids();
      return !now.includes(killed) && now.length >= count;
    },
    { within: minutes, every: 200 },
  );
  await ready();
}

describe('accidents under load', () => {
  test(
    'after a pod of each workload was killed, one by one, no order is lost',
    async () => {
      await whileTrading(shop, { ...load, seed: 64, settleMs: 2 * minutes }, async () => {
        const workloads = (await shop.kubectl('get', 'statefulsets,deployments', '-o', 'name')).split('\n');
        expect(workloads.length).toBeGreaterThan(9);
        for (const workload of workloads) {
          const component = workload.replace(/^.*\/tradewind-/, '');
          await killPod(`app.kubernetes.io/component=${component}`);
        }
      });
    },
    15 * minutes,
  );

  test(
    'when the kubelet is killed and started again, the shop recovers by itself',
    async () => {
      await whileTrading(shop, { ...load, seed: 65 }, async () => {
        const node = await cluster.kubectl('get', 'nodes', '--output', 'jsonpath={.items[0].metadata.name}');
        await cluster.killKubelet();
        // Whether it is ready, the API server goes on saying of a dead one; so it is asked itself.
        const itself = `/api/v1/nodes/${node}/proxy/healthz`;
        await eventually(() => cluster.kubectl('get', '--raw', itself), { within: 2 * minutes, every: 200 });
      });
    },
    10 * minutes,
  );

  test(
    'when the primary of MongoDB is killed, the shop recovers by itself',
    async () => {
      await whileTrading(shop, { ...load, seed: 66, settleMs: 2 * minutes }, async () => {
        await killPod('app.kubernetes.io/component=mongodb');
      });
    },
    10 * minutes,
  );
});

describe('a backup', () => {
  test(
    'by the commands of docs/backup.md, the shop is again what it was, with right books, and goes on',
    async () => {
      await using shell = await openShell(cluster, release.namespace);
      const [backUp = '', restore = ''] = await commandsIn(join(repository, 'docs/backup.md'));
      const orders = () => shop.orderDb.collection('orders').countDocuments();
      const before = await orders();
      await shell.run(backUp);
      await ready();
      await whileTrading(shop, { ...load, seed: 67 }, () => Promise.resolve());
      expect(await orders()).toBeGreaterThan(before);
      await shell.run(restore, { CHART: join(repository, 'charts/tradewind') });
      await ready();
      expect(await orders()).toBe(before);
      await expectCleanBooks(shop);
      await whileTrading(shop, { ...load, seed: 68, settleMs: 2 * minutes }, () => Promise.resolve());
    },
    15 * minutes,
  );
});

describe('removal', () => {
  test(
    'the resources and the data outlive the release, and the next installation goes on with them',
    async () => {
      const orders = () => shop.orderDb.collection('orders').countDocuments();
      const before = await orders();
      await shop[Symbol.asyncDispose]();
      await uninstallRelease(cluster, release);
      const left = await cluster.kubectl('get', 'restock,pvc,secret', '-n', release.namespace, '-o', 'name');
      for (const kind of ['productrestock', 'persistentvolumeclaim/data-', 'secret/tradewind-mongodb'])
        expect(left).toContain(kind);
      expect(await shop.kubectl('get', 'pods', '--field-selector=status.phase=Running', '-o', 'name')).toBe(
        '',
      );
      await install();
      shop = await openInstallation(cluster, release);
      expect(await orders()).toBe(before);
      expect((await shop.admin.me()).role).toBe('admin');
    },
    10 * minutes,
  );
});
