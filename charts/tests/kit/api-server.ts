import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary, findHelm, type Helm, startKubernetes } from '@tradewind/local/kubernetes';
import { namespace } from './render.ts';

const run = promisify(execFile);
const maxBuffer = 64 * 1024 * 1024;

/** A real API server with the namespace of the tests, which enforces Pod Security "restricted". */
export interface ApiServer extends AsyncDisposable {
  readonly kubectl: (args: readonly string[], input?: string) => ReturnType<Helm>;
  /** In the namespace of the tests. */
  readonly helm: Helm;
  /** Removed at the end. */
  readonly folder: string;
}

/** Starts it without any controller of Kubernetes. Commands that fail reject with what they said. */
export async function startApiServer(): Promise<ApiServer> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'tradewind-helm-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const { kubeconfig } = stack.use(await startKubernetes());
  const [kubectlFile, helmAt] = [await findBinary('kubectl'), await findHelm(kubeconfig)];
  const kubectl: ApiServer['kubectl'] = (args, input = '') => {
    const asked = run(kubectlFile, ['--kubeconfig', kubeconfig, ...args], { maxBuffer });
    asked.child.stdin?.end(input);
    return asked;
  };
  const helm: ApiServer['helm'] = (...args) => helmAt(...args, '--namespace', namespace);
  await kubectl(['apply', '--filename', '-'], JSON.stringify(surroundings));
  const resources = stack.move();
  return { kubectl, helm, folder, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** What a controller, or an administrator, would have made. */
const surroundings = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: Object.fromEntries(
          ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
        ),
      },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'shop' }, value: 1000 },
  ],
};
