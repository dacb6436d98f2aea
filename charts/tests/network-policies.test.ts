import { beforeAll, describe, expect, test } from 'vitest';
import { allows, type Connection, type Endpoint } from './kit/network.ts';
import { podsOf } from './kit/pods.ts';
import { all, type Manifest, render, type Values } from './kit/render.ts';

/** The ports on which something listens, and more that nobody may reach. */
const ports = [22, 53, 80, 443, 4222, 6222, 6379, 6443, 8080, 8222, 9464, 27017, 50051, 50052, 50053, 50054];

/** Who calls whom in the shop, as the code has it. Each port of each pair that is not here is closed. */
const edges: readonly (readonly [from: string, to: string, port: number])[] = [
  ['gateway', 'user', 50053],
  ['gateway', 'inventory', 50051],
  ['gateway', 'order', 50052],
  ['gateway', 'notification', 50054],
  ['gateway', 'nats', 4222],
  ['gateway', 'redis', 6379],
  ['user', 'mongodb', 27017],
  ['user', 'nats', 4222],
  ['user', 'redis', 6379],
  ['inventory', 'user', 50053],
  ['inventory', 'mongodb', 27017],
  ['inventory', 'nats', 4222],
  ['inventory', 'redis', 6379],
  ['inventory-consumer', 'mongodb', 27017],
  ['inventory-consumer', 'nats', 4222],
  ['inventory-consumer', 'redis', 6379],
  ['order', 'user', 50053],
  ['order', 'inventory', 50051],
  ['order', 'mongodb', 27017],
  ['order', 'nats', 4222],
  ['order', 'redis', 6379],
  ['notification', 'user', 50053],
  ['notification', 'mongodb', 27017],
  ['notification', 'nats', 4222],
  ['notification', 'redis', 6379],
  ['restock-controller', 'inventory', 50051],
  ['restock-controller', 'nats', 4222],
  ['mongodb-setup', 'mongodb', 27017],
  ['mongodb', 'mongodb', 27017],
  ['cli', 'gateway', 8080],
  ['cli', 'mongodb', 27017],
  ['cli', 'nats', 4222],
];

const processes = [
  'gateway',
  'user',
  'inventory',
  'inventory-consumer',
  'order',
  'notification',
  'restock-controller',
  'mongodb-setup',
];
const stores = ['mongodb', 'nats', 'redis'];
const internet: Endpoint = { address: '203.0.113.7' };
const prometheus: Endpoint = { namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } };
const stranger: Endpoint = { namespace: 'elsewhere', labels: { 'app.kubernetes.io/name': 'tradewind' } };
const neighbour: Endpoint = { labels: { 'app.kubernetes.io/name': 'neighbour' } };
const dns: Endpoint = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };

interface Network {
  readonly pods: ReadonlyMap<string, Endpoint>;
  readonly open: (from: string | Endpoint, to: string | Endpoint, port: number, protocol?: 'UDP') => boolean;
}

async function network(values: Values = {}): Promise<Network> {
  const manifests: readonly Manifest[] = await render(values);
  const policies = all(manifests, 'NetworkPolicy');
  const pods = new Map(
    podsOf(manifests).map(({ labels }) => [labels['app.kubernetes.io/component'] ?? '', { labels }]),
  );
  const end = (name: string | Endpoint) => {
    const found = typeof name === 'string' ? pods.get(name) : name;
    if (!found) throw new Error(`there is no pod of ${JSON.stringify(name)}`);
    return found;
  };
  const open: Network['open'] = (from, to, port, protocol) => {
    const connection: Connection = { from: end(from), to: end(to), port };
    return allows(policies, protocol === undefined ? connection : { ...connection, protocol });
  };
  return { pods, open };
}

describe('with the defaults', () => {
  let shop: Network;
  beforeAll(async () => {
    shop = await network();
  });
  const openPorts = (from: string | Endpoint, to: string | Endpoint) =>
    ports.filter((port) => shop.open(from, to, port));

  test('between the pods of the shop each edge is open, and every other port of every other pair is closed', () => {
    for (const from of shop.pods.keys()) {
      for (const to of shop.pods.keys()) {
        const wanted = edges.filter(([one, other]) => one === from && other === to).map(([, , port]) => port);
        expect.soft(openPorts(from, to), `${from} → ${to}`).toEqual(wanted);
      }
    }
  });

  test('the gateway is the only door, to the internet and to other pods alike', () => {
    for (const outsider of [internet, stranger, neighbour]) {
      expect(openPorts(outsider, 'gateway')).toEqual([8080]);
      for (const name of [...processes.slice(1), ...stores, 'cli'])
        expect.soft(openPorts(outsider, name), name).toEqual([]);
    }
  });

  test('Prometheus reads the metrics of each process, and nothing else of it', () => {
    for (const name of processes)
      expect.soft(openPorts(prometheus, name), name).toEqual(name === 'gateway' ? [8080, 9464] : [9464]);
    for (const name of stores) expect.soft(openPorts(prometheus, name), name).toEqual([]);
  });

  test('everybody resolves names, by UDP and TCP', () => {
    for (const name of shop.pods.keys()) {
      expect.soft(openPorts(name, dns).includes(53), name).toBe(true);
      expect.soft(shop.open(name, dns, 53, 'UDP'), name).toBe(true);
      expect.soft(shop.open(name, dns, 54, 'UDP'), name).toBe(false);
    }
  });

  const speakToKubernetes = ['restock-controller', 'cli'];

  test('only the restock controller gets out, and helm test, to the API server', () => {
    for (const name of shop.pods.keys())
      expect
        .soft(openPorts(name, internet), name)
        .toEqual(speakToKubernetes.includes(name) ? [443, 6443] : []);
  });

  test('nobody calls the pods of other programs', () => {
    for (const name of shop.pods.keys()) {
      const ways = speakToKubernetes.includes(name) ? [443, 6443] : [];
      expect.soft(openPorts(name, neighbour), name).toEqual(ways);
      expect.soft(openPorts(name, stranger), name).toEqual(ways);
    }
  });
});

describe('ways out open with what needs them, for the process that needs them', () => {
  const open = async (values: Values, to: Endpoint = internet) => {
    const { pods, open: isOpen } = await network(values);
    const ways = [...pods.keys()].flatMap((name) =>
      [25, 443, 465, 4222, 4318, 5353, 6379, 6443, 8443, 27017]
        .filter((port) => isOpen(name, to, port))
        .map((port) => `${name} ${port}`),
    );
    return ways.toSorted();
  };
  const always = ['cli 443', 'cli 6443', 'restock-controller 443', 'restock-controller 6443'];

  test('SMTP: notification, on the port of the mail server', async () => {
    const found = await open({ smtp: { host: 'smtp.example.com', port: 465 } });
    expect(found).toEqual([...always, 'notification 465'].toSorted());
  });

  test('texts: notification', async () => {
    expect(await open({ sms: { existingSecret: 'sms' } })).toEqual(
      [...always, 'notification 443'].toSorted(),
    );
  });

  test('OIDC: user', async () => {
    const found = await open({ networkPolicy: { oidc: { enabled: true, ports: [443, 8443] } } });
    expect(found).toEqual([...always, 'user 443', 'user 8443']);
  });

  test('traces: every process, on the port of the endpoint', async () => {
    const found = await open({ telemetry: { otlpEndpoint: 'http://otel-collector.monitoring:4318' } });
    expect(found.filter((way) => way.endsWith(' 4318')).toSorted()).toEqual(
      processes.map((name) => `${name} 4318`).toSorted(),
    );
  });

  test('in the cluster, a mail server and a collector have the ports of their pods, not of their Services', async () => {
    const values = {
      smtp: { host: 'relay.mail', port: 25 },
      telemetry: { otlpEndpoint: 'http://collector.monitoring' },
      networkPolicy: { smtp: { ports: [465] }, otlp: { ports: [4318] } },
    };
    const traces = processes.map((name) => `${name} 4318`);
    expect(await open(values)).toEqual([...always, 'notification 465', ...traces].toSorted());
  });

  test('external stores: who uses them', async () => {
    const external = {
      mongodb: { enabled: false, external: { existingSecret: 'mongo' } },
      redis: { enabled: false, external: { address: 'redis.infra:6379' } },
    };
    const found = await open(external);
    const users = ['cli', 'inventory', 'inventory-consumer', 'notification', 'order', 'user'];
    expect(found.filter((way) => way.endsWith(' 27017')).toSorted()).toEqual(
      users.map((name) => `${name} 27017`),
    );
    const caching = ['gateway', ...users.slice(1)].toSorted();
    expect(found.filter((way) => way.endsWith(' 6379')).toSorted()).toEqual(
      caching.map((name) => `${name} 6379`),
    );
  });

  test('a way out is as narrow as its peers', async () => {
    const values = {
      smtp: { host: 'smtp.example.com', port: 25 },
      networkPolicy: {
        smtp: { to: [{ ipBlock: { cidr: '203.0.113.0/24' } }] },
        apiServer: { to: [{ ipBlock: { cidr: '198.51.100.1/32' } }], ports: [8443] },
      },
    };
    expect(await open(values, { address: '203.0.113.7' })).toEqual(['notification 25']);
    expect(await open(values, { address: '198.51.100.1' })).toEqual(['cli 8443', 'restock-controller 8443']);
  });
});

test('several nodes of NATS reach each other, and nobody else their routes', async () => {
  const { pods, open } = await network({ nats: { replicas: 3 } });
  for (const name of pods.keys()) expect.soft(open(name, 'nats', 6222), name).toBe(name === 'nats');
});

test('metrics that nobody is named for are nobody’s', async () => {
  const { pods, open } = await network({ networkPolicy: { prometheus: { from: [] } } });
  for (const reader of [prometheus, internet, neighbour, 'cli'])
    for (const name of pods.keys()) expect.soft(open(reader, name, 9464), name).toBe(false);
});

test('a gateway that is not everybody’s is open to those that are named, and to helm test', async () => {
  const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }];
  const { open } = await network({ networkPolicy: { gateway: { from } } });
  expect(open({ namespace: 'ingress-nginx', labels: {} }, 'gateway', 8080)).toBe(true);
  expect(open('cli', 'gateway', 8080)).toBe(true);
  for (const outsider of [internet, stranger, neighbour, prometheus])
    expect(open(outsider, 'gateway', 8080)).toBe(false);
});
