import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SetupError } from '../../setup-error.ts';
import { nodeAddress, type Place } from './place.ts';

const run = promisify(execFile);

const link = 'tradewind0';
const hostAddress = '10.250.0.1';

interface Link {
  readonly ifname: string;
  readonly addr_info?: readonly { readonly local: string }[];
}

/** The folder of the node that the cable on this machine leads to, if there is a cable. */
export async function cableOwner(): Promise<string | undefined> {
  const alias = await readFile(`/sys/class/net/${link}/ifalias`, 'utf8').catch(() => undefined);
  return alias?.trim();
}

/**
 * @throws SetupError when another cluster of this machine, or anything else, has the node's addresses
 */
export async function checkAddresses(place: Place): Promise<void> {
  const { stdout } = await run('ip', ['-json', '-4', 'address', 'show']);
  const message = addressConflict(JSON.parse(stdout) as readonly Link[], await cableOwner(), place.dir);
  if (message !== undefined) throw new SetupError(message);
}

/** What keeps the node of a folder from having its addresses, if anything does. */
export function addressConflict(
  links: readonly Link[],
  owner: string | undefined,
  dir: string,
): string | undefined {
  if (owner === dir) return undefined;
  if (owner !== undefined) {
    return `Another cluster runs on this machine, in ${owner}: stop it there with \`make cluster-down\`.`;
  }
  const taken = links.find(({ addr_info: addresses = [] }) =>
    addresses.some(({ local }) => local === hostAddress || local === nodeAddress),
  );
  if (taken === undefined) return undefined;
  return `The address ${hostAddress}, which the cluster needs, is in use by ${taken.ifname}.`;
}

/** Lays the cable between this machine and a node's network namespace. */
export async function connectNode(place: Place, init: number): Promise<void> {
  await disconnectNode(place);
  const ip = async (...args: readonly string[]) => await run('ip', args);
  const inNode = async (...args: readonly string[]) =>
    await run('nsenter', [`--net=/proc/${init}/ns/net`, 'ip', ...args]);
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(init));
  await ip('link', 'set', link, 'alias', place.dir);
  await ip('address', 'add', `${hostAddress}/30`, 'dev', link);
  await ip('link', 'set', link, 'up');
  await inNode('link', 'set', 'lo', 'up');
  await inNode('address', 'add', `${nodeAddress}/30`, 'dev', 'eth0');
  await inNode('link', 'set', 'eth0', 'up');
  await inNode('route', 'add', 'default', 'via', hostAddress);
}

/** Removes the cable, if it is that of this node. */
export async function disconnectNode(place: Place): Promise<void> {
  // The kernel removes it too, some time after the node's last process has ended.
  if ((await cableOwner()) === place.dir) await run('ip', ['link', 'delete', link]).catch(() => undefined);
}
