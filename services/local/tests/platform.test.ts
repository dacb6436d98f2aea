import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePorts, type Platform, type Ports, serviceNames, startPlatform } from '../src/platform/index.ts';

let dir: string;
let ports: Ports;
let platform: Platform;
const lines: string[] = [];
const stub = join(import.meta.dirname, 'fixtures/service.ts');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradewind-platform-'));
  ports = await freePorts();
  platform = await start();
});

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

test('each service gets the servers, its own key and the keys of the others', async () => {
  const order = await environmentOf('order');
  expect(order).toMatchObject({
    HOST: '127.0.0.1',
    PORT: String(ports.order),
    MONGO_URI: platform.servers.mongoUri,
    INVENTORY_SERVICE: `127.0.0.1:${ports.inventory}`,
  });
  const gateway = await environmentOf('gateway');
  expect(order['CALLER_KEYS']?.split(',')).toContain(`gateway=${gateway['SERVICE_KEY'] ?? ''}`);
  expect(order['ADMIN_PASSWORD']).toBeUndefined();
});

test('a line tells of each part that is ready', () => {
  for (const part of ['mail', 'mongo', 'redis', 'nats', ...serviceNames]) {
    expect(lines.some((line) => line.includes(`✓ ${part} `))).toBe(true);
  }
});

test('the profile and the secrets are for the owner only', async () => {
  for (const file of ['profile.json', 'secrets.json']) {
    expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600);
  }
  expect(JSON.parse(await readFile(join(dir, 'profile.json'), 'utf8'))).toMatchObject({
    url: platform.url,
    ...platform.admin,
    nats_url: platform.servers.natsUrl,
    mongo_url: platform.servers.mongoUri,
  });
});

test('the mail page takes mails on the loopback interface and lists them', async () => {
  await sendMail(ports.smtp);
  const listed = await vi.waitFor(async () => {
    const mails = (await (await fetch(`${platform.mailUrl}/api/email`)).json()) as { subject: string }[];
    expect(mails).toHaveLength(1);
    return mails;
  });
  expect(listed[0]?.subject).toBe('Hello');
  const page = await fetch(platform.mailUrl, { headers: { accept: 'text/html' } });
  expect(await page.text()).toContain('<html');
});

test('a service that crashes is started again', async () => {
  const before = platform.services.user.pid;
  await fetch(`http://127.0.0.1:${ports['user-metrics']}/crash`).catch(() => undefined);
  await vi.waitFor(
    () => {
      expect(lines).toContain('user is ready again');
    },
    { timeout: 15_000 },
  );
  expect(lines).toContain('user ended (code 7); it is started again in 1 s');
  expect(platform.services.user.pid).not.toBe(before);
});

test('a service that was stopped stays down until it is restarted', async () => {
  await platform.services.order.stop();
  expect(await readFile(join(dir, 'logs/order.log'), 'utf8')).toContain('drained');
  expect(platform.services.order.pid).toBeUndefined();
  await platform.services.order.restart();
  await environmentOf('order');
});

test('a second start in the folder keeps password and keys', async () => {
  const key = (await environmentOf('order'))['SERVICE_KEY'];
  const password = platform.admin.password;
  await platform[Symbol.asyncDispose]();
  platform = await start();
  expect(platform.admin.password).toBe(password);
  expect((await environmentOf('order'))['SERVICE_KEY']).toBe(key);
});

test(
  'two of every process: each has ports of its own, and calls go to both',
  { timeout: 60_000 },
  async () => {
    await platform[Symbol.asyncDispose]();
    const env = (service: string) => ({ LOG_LEVEL: service === 'order' ? 'debug' : 'warn' });
    platform = await startPlatform({ dir, ports, entry: () => stub, replicas: 2, env });
    expect(platform.replicas.map(({ order }) => order.name)).toEqual(['order', 'order-2']);
    expect(new Set(platform.urls).size).toBe(2);
    const order = await environmentOf('order');
    expect(order['LOG_LEVEL']).toBe('debug');
    expect(order['INVENTORY_SERVICE']).toMatch(
      new RegExp(`^ipv4:127.0.0.1:${ports.inventory},127.0.0.1:\\d+$`),
    );
    expect((await environmentOf('gateway'))['LOG_LEVEL']).toBe('warn');
  },
);

test('a port in use is named with its part and the variable that changes it', async () => {
  const others = await freePorts();
  const holder = createServer().listen(others.nats, '127.0.0.1');
  await once(holder, 'listening');
  await expect(startPlatform({ dir, ports: others })).rejects.toThrow(
    `Port ${others.nats} (nats) is in use: end what uses it, or set TRADEWIND_NATS_PORT.`,
  );
  holder.close();
});

async function start(): Promise<Platform> {
  return await startPlatform({ dir, ports, entry: () => stub, report: (line) => lines.push(line) });
}

async function environmentOf(name: 'order' | 'gateway'): Promise<Record<string, string>> {
  const response = await fetch(`http://127.0.0.1:${ports[`${name}-metrics`]}/`);
  return (await response.json()) as Record<string, string>;
}

/** A mail in the words of SMTP: a step for each answer of the sink. */
async function sendMail(port: number): Promise<void> {
  const mail = 'Subject: Hello\r\n\r\nthere\r\n.';
  const steps = ['HELO test', 'MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.com>', 'DATA', mail, 'QUIT'];
  const socket = connect(port, '127.0.0.1');
  socket.on('data', () => socket.write(`${steps.shift() ?? ''}\r\n`));
  await once(socket, 'close');
}
