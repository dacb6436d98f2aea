import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { builtPath } from '../../kubernetes/index.ts';
import { removeControlGroups } from './control-groups.ts';
import { loadNodeCredentials } from './credentials.ts';
import { prepareKernel } from './kernel-settings.ts';
import type { InitArguments } from './main.ts';
import { unshare } from './namespaces.ts';
import { checkAddresses, connectNode } from './network.ts';
import { checkVisible, configDir, type Place } from './place.ts';
import { nodePrograms, type NodeProgram } from './programs.ts';

const run = promisify(execFile);

/**
 * Starts what a node consists of, and gives the id of its PID 1. It takes up the data of one that was there before.
 *
 * @param binaries the folder where the binaries were built
 */
export async function boot(place: Place, binaries: string, print: (line: string) => void): Promise<number> {
  checkVisible([place.dir, binaries, configDir, process.execPath]);
  await checkAddresses(place);
  print('cluster: starting a node');
  await mkdir(place.dir, { recursive: true, mode: 0o700 });
  for (const folder of [place.own, place.log]) await mkdir(folder, { recursive: true, mode: 0o755 });
  await cp(join(configDir, 'cni'), join(place.own, 'cni'), { recursive: true });
  await loadNodeCredentials(place);
  await removeControlGroups();
  await prepareKernel(place);
  // Where they are built into the kernel, or there is no modprobe, they need not be loaded.
  await run('modprobe', ['--all', 'br_netfilter', 'overlay']).catch(() => undefined);
  const paths = {
    containerd: 'containerd',
    ...Object.fromEntries(nodePrograms.map((name) => [name, builtPath(name, binaries)])),
  } as Record<NodeProgram, string>;
  const node: InitArguments = { dir: place.dir, paths };
  const main = join(import.meta.dirname, 'main.ts');
  const { init, release } = await unshare(place, [process.execPath, main, JSON.stringify(node)]);
  await connectNode(place, init);
  release();
  return init;
}
