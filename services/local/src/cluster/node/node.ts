import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exists } from '../../files.ts';
import { holdLock } from '../../kubernetes/build-lock.ts';
import { binaryFolder, buildBinaries, findKubectl } from '../../kubernetes/index.ts';
import { SetupError } from '../../setup-error.ts';
import type { Cluster } from '../cluster.ts';
import { boot } from './boot.ts';
import { containerdOf } from './containerd.ts';
import { removeControlGroups } from './control-groups.ts';
import { imageBinaries, nodeImageArchive } from './image.ts';
import { restoreKernel } from './kernel-settings.ts';
import { cableOwner, checkAddresses, disconnectNode } from './network.ts';
import { nodeAddress, type Place, placeIn } from './place.ts';
import { checkPrerequisites } from './prerequisites.ts';
import { endAll, findInit, nodeProcesses } from './processes.ts';
import { nodePrograms } from './programs.ts';
import { settle } from './settle.ts';

type Print = (line: string) => void;

/** Starts a node in namespaces of this machine, unless it runs, and waits until all that belongs to it is ready. */
export async function startNode(dir: string, print: Print): Promise<Cluster> {
  await checkPrerequisites();
  const place = placeIn(dir);
  // Nobody should wait for a build first to hear of this.
  await checkAddresses(place);
  const { folder, archive } = await buildParts(print);
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 });
  await using stack = new AsyncDisposableStack();
  stack.use(await holdLock(lockOf(dir)));
  const init = (await findInit(place)) ?? (await boot(place, folder, print));
  await settle(place, init, archive, print);
  return await at(place, init);
}

/**
 * Builds what a node is made of, which takes some twenty minutes where nothing of it is there.
 *
 * @throws SetupError when this machine cannot have one; the message says what to do.
 */
export async function buildNode(print: Print): Promise<void> {
  await checkPrerequisites();
  await buildParts(print);
}

/** Gives the folder of a node's binaries, and the archive of the image of its own pods. */
async function buildParts(print: Print): Promise<{ folder: string; archive: string }> {
  const folder = binaryFolder();
  await buildBinaries([...nodePrograms, ...imageBinaries], { folder, report: print });
  return { folder, archive: await nodeImageArchive(folder, print) };
}

/** True when the cluster of this folder is a node, whether it runs or not. */
export async function isNode(dir: string): Promise<boolean> {
  const place = placeIn(dir);
  return (await exists(place.lib)) || (await findInit(place)) !== undefined;
}

/** The node that was started from this clone, if it runs. */
export async function openNode(dir: string): Promise<Cluster | undefined> {
  const place = placeIn(dir);
  const init = await findInit(place);
  return init === undefined ? undefined : await at(place, init);
}

/**
 * Ends the node with everything in it, and removes what it has left on this machine.
 *
 * @throws SetupError for anybody but root
 */
export async function stopNode(dir: string): Promise<void> {
  const place = placeIn(dir);
  if (process.getuid?.() !== 0) throw new SetupError('Root has made the cluster, and only root can stop it.');
  await using stack = new AsyncDisposableStack();
  stack.use(await holdLock(lockOf(dir)));
  const init = await findInit(place);
  if (init !== undefined) await endAll(init);
  // What another clone's node has of this machine is its own.
  const owner = await cableOwner();
  if (owner === undefined || owner === dir) {
    await disconnectNode(place);
    await removeControlGroups();
    await restoreKernel(place);
  }
  await rm(dir, { recursive: true, force: true });
}

async function at(place: Place, init: number): Promise<Cluster> {
  return {
    kind: 'node',
    kubeconfig: place.kubeconfig,
    kubectl: await findKubectl(place.kubeconfig),
    address: `http://${nodeAddress}`,
    loadImages: (archives) => containerdOf(init).load(archives),
    killKubelet: async () => {
      const kubelets = (await nodeProcesses(init)).filter(({ name }) => name === 'kubelet');
      for (const { pid } of kubelets) process.kill(pid, 'SIGKILL');
    },
  };
}

function lockOf(dir: string): string {
  return `${dir}-lock`;
}
