import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { freePort, startNats } from '@tradewind/local/servers';
import { patience } from './event-kit.ts';
import { createCertificates, startSecureNats } from './tls-kit.ts';

const fixture = fileURLToPath(new URL('fixtures/service.ts', import.meta.url));

interface Process {
  readonly metricsPort: number;
  /** What it has written so far. */
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

const running: Process[] = [];

afterEach(async () => {
  for (const { kill } of running) kill('SIGKILL');
  await Promise.all(running.splice(0).map(({ exited }) => exited));
});

async function start(environment: Record<string, string> = {}): Promise<Process> {
  const metricsPort = await freePort();
  const env = {
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    METRICS_PORT: String(metricsPort),
    ...environment,
  };
  const child = spawn(process.execPath, [fixture], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const add = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const started = {
    metricsPort,
    output: () => output,
    exited,
    kill: (s: NodeJS.Signals) => void child.kill(s),
  };
  running.push(started);
  return started;
}

const get = ({ metricsPort }: Process, path: string) => fetch(`http://127.0.0.1:${metricsPort}${path}`);
const readyz = (service: Process) =>
  get(service, '/readyz').then(
    ({ status }) => status,
    () => 0,
  );
const logged = (service: Process, message: string) =>
  expect.poll(service.output, patience).toContain(message);

async function startReady(environment?: Record<string, string>): Promise<Process> {
  const service = await start(environment);
  await expect.poll(() => readyz(service), patience).toBe(200);
  return service;
}

test('a ready process says so; at SIGTERM it is not ready, drains, and exits with 0', async () => {
  const service = await startReady({ DRAIN_MS: '700' });
  expect((await get(service, '/livez')).status).toBe(200);
  expect((await get(service, '/nonsense')).status).toBe(404);
  service.kill('SIGTERM');
  await expect.poll(() => readyz(service), patience).toBe(503);
  expect((await get(service, '/livez')).status).toBe(200);
  expect(await service.exited).toBe(0);
  expect(service.output()).toMatch(/"draining"[^]*"drained"/);
});

test('a second signal ends the process at once', async () => {
  const service = await startReady({ DRAIN_MS: '60000', SHUTDOWN_GRACE_MS: '60000' });
  service.kill('SIGINT');
  await logged(service, 'draining');
  service.kill('SIGINT');
  expect(await service.exited).toBe(1);
});

test('a process that still waits for a server ends at once at SIGTERM, and exits with 0', async () => {
  const service = await start({ NATS_URL: `nats://127.0.0.1:${await freePort()}` });
  await logged(service, 'nats is not there yet');
  expect(await readyz(service)).toBe(503);
  service.kill('SIGTERM');
  expect(await service.exited).toBe(0);
  expect(service.output()).toContain('stopped before it was ready');
});

test('a process that cannot drain within its grace period exits with 1', async () => {
  const service = await startReady({ DRAIN_MS: '60000', SHUTDOWN_GRACE_MS: '50' });
  service.kill('SIGTERM');
  expect(await service.exited).toBe(1);
  expect(service.output()).toContain('could not drain in time');
});

test('a process that is not configured names every problem, and exits with 2', async () => {
  const service = await start({ PORT: '80x', DRAIN_MS: '-1' });
  expect(await service.exited).toBe(2);
  expect(service.output()).toMatch(/^fixture: the configuration is not valid:\n/);
  for (const name of ['PORT', 'DRAIN_MS']) expect(service.output()).toContain(`  ${name}: `);
  expect(service.output()).not.toContain('    at ');
});

test('a process believes the stores that the authority of TLS_CA_FILE has certified', async () => {
  await using certificates = await createCertificates();
  const { authority, certificate, key } = await certificates.files(certificates.trusted);
  await using nats = await startSecureNats({ authority, certificate, key });
  const NATS_URL = `tls://localhost:${nats.port}`;
  const stranger = await start({ NATS_URL });
  await logged(stranger, 'certificate');
  expect(await readyz(stranger)).toBe(503);
  await startReady({ NATS_URL, TLS_CA_FILE: authority, TLS_CERT_FILE: certificate, TLS_KEY_FILE: key });
});

test('a port in use is said in one line', async () => {
  const holder = await startReady({ PORT: String(await freePort()) });
  const service = await start({ METRICS_PORT: String(holder.metricsPort) });
  expect(await service.exited).toBe(1);
  const line = `fixture: could not start: listen EADDRINUSE: address already in use 127.0.0.1:${holder.metricsPort}\n`;
  expect(service.output()).toBe(line);
});

test('one trace id joins the log lines of calls and events, and nothing is exported unless asked', async () => {
  await using collector = await listen();
  await using nats = await startNats();
  // 4318 is where an exporter would go by default; nobody may depend on what listens there.
  const service = await startReady({ NATS_URL: nats.url });
  for (const message of ['"event"', '"ready"']) await logged(service, message);
  const ids = new Map<string, string>();
  for (const line of service.output().trim().split('\n')) {
    const { msg, trace_id: traceId } = JSON.parse(line) as { msg: string; trace_id?: string };
    ids.set(msg, traceId ?? '');
  }
  expect(ids.get('first call')).toMatch(/^[0-9a-f]{32}$/);
  expect(ids.get('second call')).toBe(ids.get('first call'));
  expect(ids.get('event')).toBe(ids.get('first call'));
  expect(ids.get('ready')).toBe('');
  service.kill('SIGTERM');
  expect(await service.exited).toBe(0);
  expect(service.output()).not.toMatch(/ECONNREFUSED|4318/);

  const exporting = await startReady({ NATS_URL: nats.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  await logged(exporting, '"event"');
  exporting.kill('SIGTERM');
  expect(await exporting.exited).toBe(0);
  expect(collector.paths).toContain('/v1/traces');
});

test('metrics have stable names and are in seconds', async () => {
  await using nats = await startNats();
  const service = await startReady({ NATS_URL: nats.url });
  await logged(service, '"event"');
  const metrics = async () => await (await get(service, '/metrics')).text();
  await expect.poll(metrics, patience).toContain('messaging_process_duration_count');
  const text = await metrics();
  const method = 'rpc_method="tradewind.notification.v1.MailerService/SendEmail"';
  expect(text).toMatch(
    new RegExp(`^rpc_server_call_duration_bucket\\{.*${method}.*le="0.0005".*\\} \\d+$`, 'm'),
  );
  expect(text).toMatch(
    new RegExp(`^rpc_client_call_duration_count\\{.*${method}.*outcome="OK".*\\} 1$`, 'm'),
  );
  expect(text).toMatch(
    /^rpc_client_call_duration_count\{.*InventoryService\/WatchStock".*outcome="OK".*\} 1$/m,
  );
  expect(text).toMatch(
    /^messaging_process_duration_count\{.*stream="USERS".*consumer="fixture".*outcome="ok".*\} 1$/m,
  );
  const sum = Number(/^rpc_server_call_duration_sum\{.*SendEmail.*\} (\S+)$/m.exec(text)?.[1]);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThan(5);
});

/** Takes what exporters send, and remembers where they sent it. */
async function listen() {
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    paths.push(request.url ?? '');
    request.resume().once('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    paths,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
