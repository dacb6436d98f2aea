import { findKubectl, type Kubectl } from '../../kubernetes/index.ts';
import { httpsReady } from '../../kubernetes/ready.ts';
import { waitFor } from '../../processes/wait-for.ts';
import { SetupError } from '../../setup-error.ts';
import { containerdOf } from './containerd.ts';
import { apiServerUrl, loadNodeCredentials } from './credentials.ts';
import { nodeImage } from './image.ts';
import { configDir, nodeName, type Place } from './place.ts';

const timeout = { seconds: 120, flag: '--timeout=120s' };
const deployments = [
  ['kube-system', 'coredns'],
  ['kube-system', 'traefik'],
  ['local-path-storage', 'local-path-provisioner'],
] as const;

/**
 * Waits until a node takes pods, and until what belongs on it (names, volumes, ingress) serves.
 *
 * @throws SetupError when it does not become ready; the message says where its logs are
 */
export async function settle(
  place: Place,
  init: number,
  archive: string,
  print: (line: string) => void,
): Promise<void> {
  try {
    const { authority, admin } = await loadNodeCredentials(place);
    const apiServerReady = httpsReady(`${apiServerUrl}/readyz`, authority, admin);
    await Promise.all([
      haveImage(init, archive),
      apiServerReady(AbortSignal.timeout(timeout.seconds * 1000)),
    ]);
    const kubectl = await findKubectl(place.kubeconfig);
    const node = `node/${nodeName}`;
    await kubectl('wait', '--for=create', node, timeout.flag);
    await kubeletAnswers(kubectl);
    await kubectl('wait', '--for=condition=Ready', node, timeout.flag);
    print('cluster: the node is ready');
    await kubectl('apply', '--server-side', '--force-conflicts', '--kustomize', configDir);
    const rollOut = ([namespace, name]: readonly [string, string]) =>
      kubectl('--namespace', namespace, 'rollout', 'status', `deployment/${name}`, timeout.flag);
    await Promise.all(deployments.map(rollOut));
  } catch (error) {
    const message = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    throw new SetupError(`The node does not become ready: ${message}. Its logs are in ${place.log}.`, {
      cause: error,
    });
  }
}

/** What the API server knows of a node may be from before it was started again. */
async function kubeletAnswers(kubectl: Kubectl): Promise<void> {
  const healthy = async () =>
    (await kubectl('get', '--raw', `/api/v1/nodes/${nodeName}/proxy/healthz`)) === 'ok';
  await waitFor(healthy, AbortSignal.timeout(timeout.seconds * 1000));
}

async function haveImage(init: number, archive: string): Promise<void> {
  const containerd = containerdOf(init);
  await containerd.ready();
  if (!(await containerd.hasImage(nodeImage))) await containerd.load([archive]);
}
