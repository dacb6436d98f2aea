import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freePorts, type Ports, serviceNames } from '../src/platform/index.ts';
import { kubernetesPortNames, portNames, portVariable } from '../src/platform/ports.ts';
import { isPortFree } from '../src/processes/ports.ts';
import { cacheFolder } from '../src/servers/index.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../src/main.ts');
const starting = 90_000;
let dir: string;
let ports: Ports;
let environment: NodeJS.ProcessEnv;

/** A machine that has the shop's servers, but of Kubernetes only a Go, which takes its time. */
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradewind-up-'));
  ports = await freePorts();
  await mkdir(join(dir, 'cache/tradewind'), { recursive: true });
  for (const kept of ['servers', 'compiled']) {
    await mkdir(join(cacheFolder(), kept), { recursive: true });
    await symlink(join(cacheFolder(), kept), join(dir, 'cache/tradewind', kept));
  }
  await mkdir(join(dir, 'bin'));
  const variables = portNames.map((name) => [portVariable(name), String(ports[name])] as const);
  environment = {
    ...Object.fromEntries(variables),
    PATH: join(dir, 'bin'),
    XDG_CACHE_HOME: join(dir, 'cache'),
    TRADEWIND_DIR: join(dir, 'platform'),
  };
});
afterEach(async () => {
  await run(process.execPath, [main, 'down'], { env: environment });
  await rm(dir, { recursive: true });
});

test(
  'the shop trades while Kubernetes is built, and Ctrl-C ends the build',
  { timeout: starting },
  async () => {
    await standInForGo(`echo $$ > '${dir}/go.pid'; while :; do /bin/sleep 1; done`);
    const up = startUp();
    await up.says('Tradewind is ready.');
    await up.says('etcd: building it from source, once; that takes some minutes');
    const products = await fetch(`http://127.0.0.1:${ports.gateway}/api/products`);
    expect(products.status).toBe(200);
    await vi.waitFor(async () => {
      expect(await kubernetesState()).toEqual({
        state: 'starting',
        message: 'etcd: building it from source, once; that takes some minutes',
      });
    });
    const pid = Number(await vi.waitFor(() => readFile(join(dir, 'go.pid'), 'utf8'), { timeout: 10_000 }));
    up.child.kill('SIGINT');
    await up.says('Stopping');
    // As npm does, which passes on what the terminal has sent already.
    up.child.kill('SIGINT');
    await up.exited;
    expect(up.child.exitCode).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  },
);

test(
  'where Kubernetes cannot be built, that is said, and the shop stays',
  { timeout: starting },
  async () => {
    await standInForGo('echo "dial tcp: i/o timeout" >&2; exit 1');
    const { stdout } = await run(process.execPath, [main, 'up', '--detach'], { env: environment });
    expect(stdout).toContain('Tradewind is ready.');
    const missing = /^The source of etcd could not be downloaded: see that Go reaches its module proxy/;
    const state = { state: 'failed', message: expect.stringMatching(missing) as string };
    await vi.waitFor(async () => {
      expect(await kubernetesState()).toEqual(state);
    }, 10_000);
    const log = await readFile(join(dir, 'platform/logs/up.log'), 'utf8');
    expect(log).toContain('The shop runs on without it, and nothing restocks it.');
    expect((await fetch(`http://127.0.0.1:${ports.gateway}/readyz`)).status).toBe(200);
  },
);

test('down during the start says so once nothing of the shop runs', { timeout: starting }, async () => {
  await standIn(
    'nats-server',
    `if [ "$1" = --version ]; then echo nats-server: v2.15.0; exit; fi
trap '/bin/sleep 1; exit' TERM
echo $$ > '${dir}/nats.pid'
while :; do /bin/sleep 1; done`,
  );
  const up = startUp();
  await up.says('✓ mongo ');
  const nats = Number(await readFile(join(dir, 'nats.pid'), 'utf8'));
  const { stdout } = await run(process.execPath, [main, 'down'], { env: environment });
  expect(stdout).toContain('Tradewind is stopped.');
  expect(() => process.kill(nats, 0)).toThrow('ESRCH');
  for (const name of portNames) expect(await isPortFree(ports[name])).toBe(true);
  await up.says('Stopped before the shop was ready.');
});

test('with --no-kubernetes nothing of it is begun', { timeout: starting }, async () => {
  const args = [main, 'up', '--detach', '--no-kubernetes'];
  const { stdout } = await run(process.execPath, args, { env: environment });
  for (const part of serviceNames) expect(stdout).toContain(`✓ ${part} `);
  expect(stdout).toMatch(/Kubernetes +left out/);
  expect(await kubernetesState()).toBeUndefined();
  for (const name of kubernetesPortNames) expect(await isPortFree(ports[name])).toBe(true);
});

async function standInForGo(script: string): Promise<void> {
  await standIn('go', `if [ "$1" = version ]; then echo go version go1.26.0; exit; fi\n${script}`);
}

async function standIn(name: string, script: string): Promise<void> {
  await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

interface Up {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  /** Resolves once it has printed the text. */
  readonly says: (text: string) => Promise<void>;
}

function startUp(): Up {
  const child = spawn(process.execPath, [main, 'up'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let printed = '';
  child.stdout.on('data', (data: Buffer) => {
    printed += data.toString();
  });
  const says = async (text: string) => {
    await vi.waitFor(
      () => {
        expect(printed).toContain(text);
      },
      { timeout: 60_000 },
    );
  };
  return { child, exited, says };
}

async function kubernetesState(): Promise<unknown> {
  const profile = JSON.parse(await readFile(join(dir, 'platform/profile.json'), 'utf8')) as {
    kubernetes?: unknown;
  };
  return profile.kubernetes;
}
