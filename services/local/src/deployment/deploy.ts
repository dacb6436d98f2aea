import { join } from 'node:path';
import { startCluster, openCluster, type Cluster } from '../cluster/index.ts';
import { buildImages } from '../images/index.ts';
import { findBinaries, writeCommand } from '../kubernetes/index.ts';
import { installRelease, type ReleaseName, uninstallRelease } from './release.ts';
import { secretValue } from './secret.ts';

export interface DeployOptions {
  /** Where this clone keeps what is its own. */
  readonly dir: string;
  readonly print: (line: string) => void;
}

/** What `make deploy` installs. */
export const deployed: ReleaseName = { namespace: 'tradewind', name: 'tradewind' };

export interface Deployment {
  /** Where the shop answers. */
  readonly url: string;
  readonly admin: { readonly login: string; readonly password: string };
  /** Commands that are kubectl and Helm on this cluster. */
  readonly commands: { readonly kubectl: string; readonly helm: string };
}

/**
 * Brings this clone into a cluster: starts the cluster, builds the images, loads them, and installs or upgrades the release.
 * Each step that was done before is passed over.
 *
 * @throws SetupError for what the person can put right
 */
export async function deploy({ dir, print }: DeployOptions): Promise<Deployment> {
  const cluster = await startCluster({ dir }, print);
  const { archives, values } = await buildImages({ dir, print });
  print('images: loading them into the cluster');
  await cluster.loadImages(archives);
  print('chart: installing it');
  await installRelease(cluster, {
    ...deployed,
    values: [values, { ingress: { enabled: true } }],
    report: print,
  });
  return {
    url: cluster.address,
    admin: await adminOf(cluster, deployed),
    commands: await writeCommands(dir, cluster),
  };
}

/** Removes what `deploy` has installed, and leaves the cluster, the volumes, the Secrets and the ProductRestocks. */
export async function undeploy({ dir }: DeployOptions): Promise<void> {
  await uninstallRelease(await openCluster({ dir }), deployed);
}

/** The first admin of a release, see `secretValue`. */
export async function adminOf(cluster: Cluster, release: ReleaseName): Promise<Deployment['admin']> {
  const password = await secretValue(cluster, release, '', 'admin-password');
  return { login: 'admin@tradewind.example', password };
}

async function writeCommands(dir: string, { kubeconfig }: Cluster): Promise<Deployment['commands']> {
  const binaries = await findBinaries(['kubectl', 'helm']);
  const commands = { kubectl: join(dir, 'cluster', 'kubectl'), helm: join(dir, 'cluster', 'helm') };
  await writeCommand(commands.kubectl, binaries.kubectl, kubeconfig);
  await writeCommand(commands.helm, binaries.helm, kubeconfig);
  return commands;
}
