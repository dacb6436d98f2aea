import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { hasDocker } from '../images/docker.ts';
import { findKubectl } from '../kubernetes/index.ts';
import { SetupError } from '../setup-error.ts';
import type { Cluster } from './cluster.ts';

const run = promisify(execFile);
const k8s = resolve(import.meta.dirname, '../../../../k8s');
const config = join(k8s, 'kind.yaml');
/** As kind.yaml has them. */
const name = 'tradewind';
const address = 'http://127.0.0.1:8880';

/** True where a Docker engine answers, and kind is. */
export async function canUseKind(): Promise<boolean> {
  return (await hasDocker()) && (await hasKind());
}

/**
 * Starts a cluster in Docker, unless it is there, and waits until its ingress is ready.
 *
 * @throws SetupError when another clone has it
 */
export async function startKind(dir: string, print: (line: string) => void): Promise<Cluster> {
  const kubeconfig = kubeconfigIn(dir);
  if (!(await exists())) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    print('cluster: starting in Docker, by kind');
    await run('kind', ['create', 'cluster', '--config', config, '--kubeconfig', kubeconfig, '--wait', '3m']);
  } else if (!existsSync(kubeconfig)) {
    throw new SetupError(
      `Another clone has the cluster ${name} of kind: stop it there, or \`kind delete cluster --name ${name}\`.`,
    );
  }
  const cluster = await at(kubeconfig);
  await cluster.kubectl('apply', '-k', join(k8s, 'kind'));
  await cluster.kubectl('--namespace=kube-system', 'rollout', 'status', 'deployment/traefik', '--timeout=3m');
  return cluster;
}

/** Removes the cluster in Docker; false when there is none from this clone. */
export async function stopKind(dir: string): Promise<boolean> {
  if ((await openKind(dir)) === undefined) return false;
  await run('kind', ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfigIn(dir)]);
  await rm(dir, { recursive: true, force: true });
  return true;
}

/** The cluster in Docker, if one was started from this clone. */
export async function openKind(dir: string): Promise<Cluster | undefined> {
  const kubeconfig = kubeconfigIn(dir);
  if (!existsSync(kubeconfig) || !(await canUseKind()) || !(await exists())) return undefined;
  return await at(kubeconfig);
}

async function at(kubeconfig: string): Promise<Cluster> {
  return {
    kind: 'kind',
    kubeconfig,
    address,
    kubectl: await findKubectl(kubeconfig),
    loadImages: async (archives) => {
      for (const archive of archives) await run('kind', ['load', 'image-archive', archive, '--name', name]);
    },
    killKubelet: async () => {
      await run('docker', ['exec', `${name}-control-plane`, 'pkill', '-KILL', '-x', 'kubelet']);
    },
  };
}

function kubeconfigIn(dir: string): string {
  return join(dir, 'kubeconfig');
}

async function exists(): Promise<boolean> {
  const { stdout } = await run('kind', ['get', 'clusters']);
  return stdout.split('\n').includes(name);
}

async function hasKind(): Promise<boolean> {
  return await run('kind', ['version']).then(
    () => true,
    () => false,
  );
}
