import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, type ServerKind, startServer } from '@tradewind/local/servers';
import { startMongoSetup } from '@tradewind/mongodb-setup/app';
import { readSetupConfig } from '@tradewind/mongodb-setup/config';
import { connectMongo } from '@tradewind/shared/mongo';
import { connectNats, ensureStream } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { trustAuthority } from '@tradewind/shared/tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { environmentOf } from './kit/environment.ts';
import { all, type Manifest, pick, render, type Values } from './kit/render.ts';

const log = createLogger('stores-test', 'silent');
/** The processes wait for their stores, and so do these tests. */
const ready = () => Promise.resolve();
const name = (component: string) => `shop-tradewind-${component}`;

/** With the arguments, the configuration and the secrets of the chart; only folders, ports and hosts are of this machine. */
describe.each<[string, Values]>([
  ['in plaintext', {}],
  ['over TLS', { tls: { enabled: true } }],
])('what the chart starts can be used by the processes, %s', (_title, values) => {
  let folder: string;
  let manifests: readonly Manifest[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-stores-'));
    manifests = await render({ ...values, nats: { replicas: 3 } });
    for (const secret of all(manifests, 'Secret')) {
      const place = join(folder, secret.metadata?.name ?? '');
      await mkdir(place);
      for (const [key, data] of Object.entries(secret.data ?? {}))
        await writeFile(join(place, key), Buffer.from(data, 'base64'), {
          mode: key === 'keyfile' ? 0o400 : 0o440,
        });
    }
    if ('tls' in values) trustAuthority(join(folder, name('tls'), 'ca.crt'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const containerOf = (kind: 'StatefulSet' | 'Deployment', component: string) => {
    const [container] = pick(manifests, kind, name(component)).spec?.template.spec?.containers ?? [];
    if (!container) throw new Error(`${component} has no container`);
    return container;
  };
  const environment = (kind: 'StatefulSet' | 'Deployment', component: string) =>
    environmentOf(containerOf(kind, component).env ?? [], manifests);
  const here = (text: string, places: Readonly<Record<string, string>>) =>
    Object.entries({ '/etc/tradewind/tls': join(folder, name('tls')), ...places }).reduce(
      (moved, [from, to]) => moved.replaceAll(from, to),
      text,
    );

  test('three nodes of NATS keep a stream together', { timeout: 60_000 }, async () => {
    const indexes = [0, 1, 2];
    const ports = await Promise.all(indexes.map(() => freePort()));
    const routes = await Promise.all(indexes.map(() => freePort()));
    const config = pick(manifests, 'ConfigMap', name('nats')).data?.['nats.conf'] ?? '';
    const variables = environment('StatefulSet', 'nats');
    const toLocalRoutes = Object.fromEntries(
      indexes.map((index) => [
        `${name('nats')}-${index}.${name('nats')}-nodes.store.svc:6222`,
        `localhost:${routes[index] ?? 0}`,
      ]),
    );
    await using stack = new AsyncDisposableStack();
    const nodes = indexes.map(async (index) => {
      const file = join(folder, `nats-${index}.conf`);
      const named = config
        .replace('$SERVER_NAME', `"node-${index}"`)
        .replace(/\$([A-Z_0-9]+)/g, (_all, variable: string) => variables[variable] ?? '');
      const places = {
        'port: 4222': `port: ${ports[index] ?? 0}`,
        'port: 6222': `port: ${routes[index] ?? 0}`,
        'http_port: 8222': `http_port: ${await freePort()}`,
        'store_dir: /data': `store_dir: ${join(folder, `data-${index}`)}`,
        '/run/nats/nats.pid': join(folder, `nats-${index}.pid`),
        ...toLocalRoutes,
      };
      await writeFile(file, here(named, places));
      const kind: ServerKind = { name: 'nats-server', args: () => ['--config', file], ready };
      return stack.use(await startServer(kind, { port: ports[index] ?? 0 }));
    });
    await Promise.all(nodes);

    const { NATS_URL = '', NATS_USER: user, NATS_PASSWORD: password } = environment('Deployment', 'order');
    const url = NATS_URL.replace(`${name('nats')}:4222`, `localhost:${ports[1] ?? 0}`);
    await using nats = await connectNats(url, 'stores-test', log, { user, password });
    const create = async () => {
      const admin = await nats.admin();
      await ensureStream(admin, 'USERS', 3);
      return (await admin.streams.info('USERS')).cluster?.replicas?.filter(({ current }) => current).length;
    };
    await expect.poll(() => create().catch(String), { timeout: 40_000 }).toBe(2);
  });

  test('a member of MongoDB becomes a set, with the users', { timeout: 60_000 }, async () => {
    const port = await freePort();
    const data = join(folder, 'db');
    await mkdir(data);
    const places = {
      '--port=27017': `--port=${port}`,
      '--bind_ip_all': '--bind_ip=127.0.0.1',
      '/data/db': data,
      '/keyfile/keyfile': join(folder, name('mongodb'), 'keyfile'),
    };
    const args = (containerOf('StatefulSet', 'mongodb').args ?? []).map((argument) => here(argument, places));
    await using mongod = await startServer({ name: 'mongod', args: () => args, ready }, { port });
    expect(mongod.port).toBe(port);

    const member = `${name('mongodb')}-0.${name('mongodb')}.store.svc.cluster.local:27017`;
    const setup = environment('Deployment', 'mongodb-setup');
    const config = readSetupConfig({ ...setup, MONGO_MEMBERS: `localhost:${port}` });
    await using running = await startMongoSetup(config, log);
    expect(running).toBeDefined();
    const { MONGO_URI = '', MONGO_DB_NAME = '' } = environment('Deployment', 'order');
    await using mongo = await connectMongo(
      MONGO_URI.replace(member, `localhost:${port}`),
      MONGO_DB_NAME,
      log,
    );
    await mongo.db.collection('orders').insertOne({ a: 1 });
    expect(await mongo.db.collection('orders').countDocuments()).toBe(1);
  });
});
