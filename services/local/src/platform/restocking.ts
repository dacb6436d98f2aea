import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  type BinaryName,
  findBinaries,
  installDefinitions,
  type Kubernetes,
  kubectlAt,
  startKubernetes,
  writeCommand,
} from '../kubernetes/index.ts';
import { httpReady } from '../processes/http-ready.ts';
import { keepRunning } from '../processes/keep-running.ts';
import { Program } from '../processes/program.ts';
import { SetupError } from '../setup-error.ts';
import { checkPortsAreFree, kubernetesPortNames, type Ports } from './ports.ts';
import { readyReporter } from './ready-reporter.ts';
import { loadSecrets } from './secrets.ts';
import { controllerEntry, processEnv } from './services.ts';

const definitions = join(import.meta.dirname, '../../../../k8s/crd');
const ofOwnCluster: readonly BinaryName[] = ['etcd', 'kube-apiserver', 'kubectl'];
const metricsPortName = 'restock-controller-metrics';

export interface RestockingOptions {
  /** Where the platform keeps its data, logs and secrets. */
  readonly dir: string;
  /** Of the platform's first replica. */
  readonly ports: Ports;
  readonly natsUrl: string;
  /** Names a cluster, in which the caller may install definitions; by default one is started, with its data in `dir`. */
  readonly kubeconfig?: string | undefined;
  /** Receives a line now and then while something is built, one for each part that is ready, and what happens later. */
  readonly report?: (line: string) => void;
  /** Gives the start up, with all that it began. */
  readonly signal?: AbortSignal;
  /** The file that runs the controller, where it is not the real one. */
  readonly entry?: string;
}

/** Kubernetes with ProductRestock, and the controller that restocks the shop by it. Disposing of it stops them. */
export interface Restocking extends AsyncDisposable {
  readonly kubeconfig: string;
  /** The path of a kubectl for this cluster. */
  readonly kubectl: string;
  /** Undefined where a cluster was named. */
  readonly kubernetes: Kubernetes | undefined;
  readonly controller: Program;
}

/**
 * Starts Kubernetes, installs the definition of ProductRestock, and starts the controller, beside a platform that runs.
 * A part that crashes later is started again.
 *
 * @throws SetupError for what the person can put right. The reason of `signal`.
 */
export async function startRestocking(options: RestockingOptions): Promise<Restocking> {
  const { dir, ports, report = () => undefined, signal } = options;
  const named = options.kubeconfig;
  if (named !== undefined) await checkThatItIsThere(named);
  await checkPortsAreFree(ports, named === undefined ? kubernetesPortNames : [metricsPortName]);
  const binaries = await findBinaries(named === undefined ? ofOwnCluster : ['kubectl'], { report, signal });

  await using stack = new AsyncDisposableStack();
  const onReady = readyReporter(report);
  const kubernetes = named === undefined ? stack.use(await startOwn(dir, ports, signal)) : undefined;
  const servers = kubernetes === undefined ? [] : [kubernetes.etcd, kubernetes.apiServer];
  for (const server of servers) {
    stack.use(keepRunning(server, report));
    onReady(server.name);
  }
  const kubeconfig = named ?? ownKubeconfig(dir);
  const kubectl = join(dir, 'kubectl');
  await writeCommand(kubectl, binaries.kubectl, kubeconfig);
  await installDefinitions(kubectlAt(binaries.kubectl, kubeconfig, signal), definitions, signal);
  const controller = stack.use(await controllerProgram(options, kubeconfig));
  await controller.start(signal);
  stack.use(keepRunning(controller, report));
  onReady(controller.name);
  const resources = stack.move();
  return {
    ...{ kubeconfig, kubectl, kubernetes, controller },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function ownKubeconfig(dir: string): string {
  return join(dir, 'kubeconfig');
}

async function startOwn(dir: string, ports: Ports, signal: AbortSignal | undefined): Promise<Kubernetes> {
  return await startKubernetes({
    dir: join(dir, 'data', 'kubernetes'),
    logDir: join(dir, 'logs'),
    ports: { etcd: ports.etcd, kubernetes: ports['kube-apiserver'] },
    kubeconfig: ownKubeconfig(dir),
    signal,
  });
}

async function controllerProgram(options: RestockingOptions, kubeconfig: string): Promise<Program> {
  const { dir, ports, natsUrl, entry = controllerEntry } = options;
  const metrics = ports[metricsPortName];
  const name = 'restock-controller';
  return new Program({
    name,
    logFile: join(dir, 'logs', `${name}.log`),
    command: {
      file: process.execPath,
      args: [entry],
      env: {
        // A named cluster may want a program for its credentials, which takes what the person has exported.
        ...(options.kubeconfig === undefined ? {} : process.env),
        ...processEnv(name, metrics, await loadSecrets(dir)),
        NATS_URL: natsUrl,
        INVENTORY_SERVICE: `127.0.0.1:${ports.inventory}`,
        KUBECONFIG: kubeconfig,
        // The same after a crash, so that it need not wait until its own lease is over.
        POD_NAME: `${hostname()}-${metrics}`,
      },
    },
    ready: httpReady(`http://127.0.0.1:${metrics}/readyz`),
  });
}

async function checkThatItIsThere(kubeconfig: string): Promise<void> {
  await stat(kubeconfig).catch((error: unknown) => {
    throw new SetupError(`TRADEWIND_KUBECONFIG names ${kubeconfig}, which cannot be read.`, { cause: error });
  });
}
