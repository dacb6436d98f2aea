import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { httpReady } from '../processes/http-ready.ts';
import { keepRunning } from '../processes/keep-running.ts';
import { Program } from '../processes/program.ts';
import { type Servers, startServers } from '../servers/servers.ts';
import { mailProgram } from './mail.ts';
import { checkPortsAreFree, type Ports } from './ports.ts';
import { writeProfile } from './profile.ts';
import { loadSecrets, type Secrets } from './secrets.ts';
import { adminLogin, metricsPort, serviceEntry, serviceEnv, type ServiceName } from './services.ts';

export interface PlatformOptions {
  /** Data, logs and secrets are kept here; a later platform in the same folder goes on with them. */
  readonly dir: string;
  readonly ports: Ports;
  /** Receives a line for each part that is ready, and for what happens later. */
  readonly report?: (line: string) => void;
  /** Run servers that are missing as containers where Docker answers, before downloading them. */
  readonly containers?: boolean;
  /** Added to the environment of every service. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that runs a service, where it is not the real one. */
  readonly entry?: (name: ServiceName) => string;
}

/** A shop that runs: servers, mail page and services. Disposing of it stops everything, services first. */
export interface Platform extends AsyncDisposable {
  readonly url: string;
  readonly mailUrl: string;
  readonly admin: { readonly login: string; readonly password: string };
  readonly servers: Servers;
  readonly mail: Program;
  readonly services: Readonly<Record<ServiceName, Program>>;
}

/**
 * Starts everything and waits until all of it is ready. A part that crashes later is started again.
 *
 * @throws SetupError for what the person can put right (a port in use, a server that cannot be had)
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { ports, report = () => undefined } = options;
  await checkPortsAreFree(ports);
  const logDir = join(options.dir, 'logs');
  const dataDir = join(options.dir, 'data');
  await mkdir(join(dataDir, 'mail'), { recursive: true });
  await mkdir(logDir, { recursive: true });
  const secrets = await loadSecrets(options.dir);

  const began = performance.now();
  const onReady = (name: string) => {
    report(`  ✓ ${name.padEnd(20)}${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`);
  };
  const starting = async (program: Program) => {
    await program.start();
    onReady(program.name);
  };

  await using stack = new AsyncDisposableStack();
  const mail = stack.use(mailProgram(ports, dataDir, join(logDir, 'mail.log')));
  const mailStarting = starting(mail);
  // Looked at below, after the servers; until then its failure is not unhandled.
  mailStarting.catch(() => undefined);
  const servers = stack.use(await startServers({ ...options, dataDir, logDir, onReady }));

  const services = programs(servers, secrets, logDir, options);
  const { gateway, ...others } = services;
  stack.defer(async () => {
    await Promise.all(Object.values(others).map((program) => program.stop()));
  });
  stack.use(gateway);
  await Promise.all([mailStarting, ...Object.values(services).map(starting)]);
  for (const program of [mail, ...servers.programs, ...Object.values(services)]) {
    stack.use(keepRunning(program, report));
  }

  const urls = {
    url: `http://127.0.0.1:${ports.gateway}`,
    mailUrl: `http://127.0.0.1:${ports['mail-page']}`,
  };
  const admin = { login: adminLogin, password: secrets.admin_password };
  const profile = {
    ...{ url: urls.url, ...admin, mail_url: urls.mailUrl },
    ...{ nats_url: servers.natsUrl, mongo_url: servers.mongoUri },
  };
  await writeProfile(options.dir, profile);
  const resources = stack.move();
  return {
    ...urls,
    admin,
    servers,
    mail,
    services,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function programs(
  servers: Servers,
  secrets: Secrets,
  logDir: string,
  { ports, env, entry = serviceEntry }: PlatformOptions,
): Readonly<Record<ServiceName, Program>> {
  const program = (name: ServiceName) =>
    new Program({
      name,
      logFile: join(logDir, `${name}.log`),
      command: {
        file: process.execPath,
        args: [entry(name)],
        env: { ...serviceEnv(name, ports, servers, secrets), ...env },
      },
      ready: httpReady(`http://127.0.0.1:${metricsPort(ports, name)}/readyz`),
    });
  return {
    gateway: program('gateway'),
    user: program('user'),
    inventory: program('inventory'),
    'inventory-consumer': program('inventory-consumer'),
    order: program('order'),
    notification: program('notification'),
  };
}
