import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../files.ts';
import { freePort } from '../processes/ports.ts';
import { Program } from '../processes/program.ts';
import { findBinaries } from './binaries.ts';
import { apiServerArguments, etcdArguments } from './command-lines.ts';
import { type Credentials, loadCredentials } from './credentials.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { httpsReady } from './ready.ts';

export interface KubernetesPorts {
  readonly etcd: number;
  readonly kubernetes: number;
}

export interface KubernetesOptions {
  /** Where data, certificates and kubeconfig are kept; by default a temporary folder, removed at the end. */
  readonly dir?: string;
  readonly logDir?: string;
  /** By default free ones. They stay the same over restarts. */
  readonly ports?: KubernetesPorts;
  /** By default `kubeconfig` in `dir`. */
  readonly kubeconfig?: string;
  /** Receives a line now and then while something is built. */
  readonly report?: (line: string) => void;
  /** Gives the start up, with what was started. */
  readonly signal?: AbortSignal | undefined;
}

/** An API server with etcd behind it, on the loopback interface: all of Kubernetes but what runs pods. */
export interface Kubernetes extends AsyncDisposable {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** The file by which kubectl and controllers are the administrator. */
  readonly kubeconfig: string;
  readonly dir: string;
  readonly etcd: Program;
  readonly apiServer: Program;
}

/**
 * Starts etcd and kube-apiserver with RBAC, and waits until both serve. Data and certificates are kept in `dir`, from
 * one start to the next also under other ports.
 *
 * @throws SetupError when a binary is missing and cannot be built; the message says what to do.
 * @example await using kubernetes = await startKubernetes();
 */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  await using stack = new AsyncDisposableStack();
  const { report, signal } = options;
  const building = report === undefined ? { signal } : { report, signal };
  const binaries = await findBinaries(['etcd', 'kube-apiserver'], building);
  const dir =
    options.dir ?? stack.adopt(await mkdtemp(join(tmpdir(), 'tradewind-kubernetes-')), removeFolder);
  const ports = options.ports ?? { etcd: await freePort(), kubernetes: await freePort() };
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const credentials = await loadCredentials(join(dir, 'pki'));
  const logDir = options.logDir ?? dir;
  const etcd = stack.use(etcdProgram(binaries.etcd, dir, logDir, ports, credentials));
  const apiServer = stack.use(apiServerProgram(binaries['kube-apiserver'], dir, logDir, ports, credentials));
  if (options.dir === undefined) {
    // What is thrown away needs no clean end.
    stack.defer(async () => {
      await Promise.all([apiServer.kill('SIGKILL'), etcd.kill('SIGKILL')]);
    });
  }
  const url = `https://127.0.0.1:${ports.kubernetes}`;
  const kubeconfig = options.kubeconfig ?? join(dir, 'kubeconfig');
  await writeKubeconfig(kubeconfig, url, credentials.authority, credentials.admin);
  for (const program of [etcd, apiServer]) await program.start(signal);
  const resources = stack.move();
  return { url, kubeconfig, dir, etcd, apiServer, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function etcdProgram(
  file: string,
  dir: string,
  logDir: string,
  ports: KubernetesPorts,
  credentials: Credentials,
): Program {
  const { etcdAuthority, etcdClient } = credentials;
  return new Program({
    name: 'etcd',
    command: { file, args: etcdArguments(join(dir, 'etcd'), ports.etcd, credentials) },
    logFile: join(logDir, 'etcd.log'),
    ready: httpsReady(`https://127.0.0.1:${ports.etcd}/readyz`, etcdAuthority, etcdClient),
  });
}

function apiServerProgram(
  file: string,
  dir: string,
  logDir: string,
  ports: KubernetesPorts,
  credentials: Credentials,
): Program {
  const args = apiServerArguments(ports.kubernetes, ports.etcd, join(dir, 'pki'), credentials);
  return new Program({
    name: 'kube-apiserver',
    command: { file, args },
    logFile: join(logDir, 'kube-apiserver.log'),
    ready: httpsReady(
      `https://127.0.0.1:${ports.kubernetes}/readyz`,
      credentials.authority,
      credentials.admin,
    ),
  });
}
