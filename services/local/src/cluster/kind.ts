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

/** True when a folder that is no node's is that of a cluster in Docker, whether Docker answers or not. */
export function isKind(dir: string): boolean {
  return existsSync(kubeconfigIn(dir));
}

/** True where a Docker engine answers, and kind is. */
export async function canUseKind(): Promise<boolean> {
  return (await hasDocker()) && (await hasKind());
}

/**
 * Starts a cluster in Docker, unless it is there, and waits until its ingress is ready.
 *
 * @throws SetupError when another clone has it, or Docker does not answer
 */
export async function startKind(dir: string, print: (line: string) => void): Promise<Cluster> {
  await checkKind(dir);
  const kubeconfig = kubeconfigIn(dir);
  if (!(await exists())) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    print('cluster: starting in Docker, by kind');
    await run('kind', ['create', 'cluster', '--config', config, '--kubeconfig', kubeconfig, '--wait', '3m']);
  } else if (!isKind(dir)) {
    throw new SetupError(
      `Another clone has the cluster ${name} of kind: stop it there, or \`kind delete cluster --name ${name}\`.`,
    );
  }
  const cluster = await at(kubeconfig);
  await cluster.kubectl('apply', '-k', join(k8s, 'kind'));
  await cluster.kubectl('--namespace=kube-system', 'rollout', 'status', 'deployment/traefik', '--timeout=3m');
  return cluster;
}

/**
 * Removes the cluster in Docker that was started from this clone. It is no error when it is gone already.
 *
 * @throws SetupError when Docker does not answer
 */
export async function stopKind(dir: string): Promise<void> {
  await checkKind(dir);
  await run('kind', ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfigIn(dir)]);
  await rm(dir, { recursive: true, force: true });
}

/**
 * The cluster in Docker that was started from this clone, if it is still there.
 *
 * @throws SetupError when Docker does not answer
 */
export async function openKind(dir: string): Promise<Cluster | undefined> {
  await checkKind(dir);
  return (await exists()) ? await at(kubeconfigIn(dir)) : undefined;
}

async function checkKind(dir: string): Promise<void> {
  if (await canUseKind()) return;
  throw new SetupError(
    `The cluster is in Docker, made by kind, and one of them does not answer: start Docker, and see that kind is on PATH. Where they are gone for good, remove ${dir}.`,
  );
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
