import { join } from 'node:path';
import { waitFor } from '../processes/wait-for.ts';
import { SetupError } from '../setup-error.ts';
import type { Cluster } from './cluster.ts';
import { canUseKind, isKind, openKind, startKind, stopKind } from './kind.ts';
import { isNode, openNode, startNode, stopNode } from './node/node.ts';

export interface ClusterOptions {
  /** Where this clone keeps what is its own; the cluster has a folder in it. */
  readonly dir: string;
}

const ingressTimeoutMs = 60_000;

type Print = (line: string) => void;

const ways = {
  kind: { start: startKind, stop: stopKind, open: openKind },
  node: { start: startNode, stop: stopNode, open: openNode },
} as const;

/**
 * Starts a cluster and waits until it runs pods: in Docker by kind where both are there, else as a node of this
 * machine's own processes. One that runs is left as it is, and one that is half dead is put right.
 *
 * @throws SetupError when this machine cannot have one; the message says what to do.
 */
export async function startCluster({ dir }: ClusterOptions, print: Print): Promise<Cluster> {
  const folder = clusterFolder(dir);
  const way = (await wayOf(folder)) ?? ((await canUseKind()) ? ways.kind : ways.node);
  const cluster = await way.start(folder, print);
  await waitFor(() => answers(cluster.address), AbortSignal.timeout(ingressTimeoutMs));
  return cluster;
}

/**
 * Stops the cluster and removes all of it, data and volumes included. It is no error when there is none.
 *
 * @throws SetupError when it cannot be reached, or is another user's; nothing is removed then
 */
export async function stopCluster({ dir }: ClusterOptions, print: Print): Promise<void> {
  const folder = clusterFolder(dir);
  const way = await wayOf(folder);
  await way?.stop(folder);
  print(way ? 'The cluster is stopped and removed, with everything that was in it.' : 'No cluster runs.');
}

/**
 * The cluster that runs.
 *
 * @throws SetupError when none does, or it cannot be reached
 */
export async function openCluster({ dir }: ClusterOptions): Promise<Cluster> {
  const folder = clusterFolder(dir);
  const cluster = await (await wayOf(folder))?.open(folder);
  if (cluster === undefined) throw new SetupError('No cluster runs: `make cluster` starts one.');
  return cluster;
}

/** How the cluster of a folder was made. What is there today does not decide: Docker may have stopped, or started, since. */
async function wayOf(folder: string): Promise<(typeof ways)[Cluster['kind']] | undefined> {
  if (await isNode(folder)) return ways.node;
  return isKind(folder) ? ways.kind : undefined;
}

/** True when something answers, which without an Ingress is "not found". */
async function answers(address: string): Promise<boolean> {
  await fetch(address, { signal: AbortSignal.timeout(2000) });
  return true;
}

function clusterFolder(dir: string): string {
  return join(dir, 'cluster');
}
