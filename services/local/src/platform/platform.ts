import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keepRunning } from '../processes/keep-running.ts';
import type { Program } from '../processes/program.ts';
import { type MongoSettings, type Servers, startServers } from '../servers/servers.ts';
import { mailProgram } from './mail.ts';
import { checkPortsAreFree, portsOfReplicas, type Ports, shopPortNames } from './ports.ts';
import { writeProfile } from './profile.ts';
import { readyReporter } from './ready-reporter.ts';
import { replica, type Environment, type Services } from './replicas.ts';
import { loadSecrets } from './secrets.ts';
import { adminLogin, serviceEnv, type ServiceName } from './services.ts';

export interface PlatformOptions {
  /** Data, logs and secrets are kept here; a later platform in the same folder goes on with them. */
  readonly dir: string;
  readonly ports: Ports;
  /** Receives a line for each part that is ready, and for what happens later. */
  readonly report?: (line: string) => void;
  /** Run servers that are missing as containers where Docker answers, before downloading them. */
  readonly containers?: boolean;
  readonly mongo?: MongoSettings;
  /** Added to the environment of every process of a service. */
  readonly env?: Environment | ((service: ServiceName) => Environment);
  /** How many processes each service has; 1 unless given. All but the first take free ports. */
  readonly replicas?: number;
  /** The file that runs a service, where it is not the real one. */
  readonly entry?: (name: ServiceName) => string;
  /** Gives the start up, and stops what it began. */
  readonly signal?: AbortSignal;
}

/** A shop that runs: servers, mail page and services. Disposing of it stops everything, services first. */
export interface Platform extends AsyncDisposable {
  readonly url: string;
  /** Of every gateway, `url` first. */
  readonly urls: readonly string[];
  readonly mailUrl: string;
  readonly admin: { readonly login: string; readonly password: string };
  readonly servers: Servers;
  readonly mail: Program;
  /** The first process of each service. */
  readonly services: Services;
  /** All processes of the services, those of the first replica first. */
  readonly replicas: readonly Services[];
}

/**
 * Starts everything and waits until all of it is ready. A part that crashes later is started again.
 *
 * @throws SetupError for what the person can put right (a port in use, a server that cannot be had)
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { ports, env, report = () => undefined, signal } = options;
  await checkPortsAreFree(ports, shopPortNames);
  const logDir = join(options.dir, 'logs');
  const dataDir = join(options.dir, 'data');
  await mkdir(join(dataDir, 'mail'), { recursive: true });
  await mkdir(logDir, { recursive: true });
  const secrets = await loadSecrets(options.dir);

  const onReady = readyReporter(report);
  const starting = async (program: Program) => {
    await program.start(signal);
    onReady(program.name);
  };

  await using stack = new AsyncDisposableStack();
  const mail = stack.use(mailProgram(ports, dataDir, join(logDir, 'mail.log')));
  const mailStarting = starting(mail);
  // Looked at below, after the servers; until then its failure is not unhandled.
  mailStarting.catch(() => undefined);
  const servers = stack.use(await startServers({ ...options, dataDir, logDir, onReady }));

  const portsOfAll = await portsOfReplicas(ports, options.replicas ?? 1);
  const replicaOn = (own: Ports, number: number) =>
    replica({
      number,
      ports: own,
      logDir,
      env: (service) => ({
        ...serviceEnv(service, own, portsOfAll, servers, secrets),
        ...(typeof env === 'function' ? env(service) : env),
      }),
      entry: options.entry,
    });
  const services = replicaOn(ports, 1);
  const replicas = [services, ...portsOfAll.slice(1).map((own, index) => replicaOn(own, index + 2))];
  const gateways = replicas.map(({ gateway }) => gateway);
  const all = replicas.flatMap((one) => Object.values(one));
  stack.defer(() => stopAll(all.filter((program) => !gateways.includes(program))));
  stack.defer(() => stopAll(gateways));
  await Promise.all([mailStarting, ...all.map(starting)]);
  for (const program of [mail, ...servers.programs, ...all]) stack.use(keepRunning(program, report));

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
    urls: portsOfAll.map(({ gateway }) => `http://127.0.0.1:${gateway}`),
    admin,
    servers,
    mail,
    services,
    replicas,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function stopAll(programs: readonly Program[]): Promise<void> {
  await Promise.all(programs.map((program) => program.stop()));
}
