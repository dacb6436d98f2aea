import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../../processes/wait-for.ts';
import type { Place } from './place.ts';

const endTimeoutMs = 30_000;
export const initScript = join(import.meta.dirname, 'init.sh');

/** A process of a node, as this machine sees it. */
export interface NodeProcess {
  readonly pid: number;
  readonly name: string;
}

/** The node's PID 1, if the node runs. */
export async function findInit(place: Place): Promise<number | undefined> {
  const wanted = ['/bin/sh', initScript, place.dir].join('\0');
  for (const pid of await allProcesses()) {
    const command = await read(pid, 'cmdline');
    if (!command.startsWith(`${wanted}\0`)) continue;
    // A shell that has just forked looks the same twice.
    if (/^NSpid:\s+\d+\s+1$/m.test(await read(pid, 'status'))) return pid;
  }
  return undefined;
}

/** All processes of the node, those of its pods among them. */
export async function nodeProcesses(init: number): Promise<NodeProcess[]> {
  const pids = await members(await processNamespace(init));
  return await Promise.all(pids.map(async (pid) => ({ pid, name: (await read(pid, 'comm')).trim() })));
}

/** Kills the node's PID 1, and waits until all that it has run are gone. */
export async function endAll(init: number): Promise<void> {
  const namespace = await processNamespace(init);
  process.kill(init, 'SIGKILL');
  const gone = async () => (await members(namespace)).length === 0;
  await waitFor(gone, AbortSignal.timeout(endTimeoutMs));
}

async function members(namespace: string | undefined): Promise<number[]> {
  const all = await allProcesses();
  const namespaces = await Promise.all(all.map(processNamespace));
  return all.filter((_pid, index) => namespace !== undefined && namespaces[index] === namespace);
}

/** Of Linux, which alone has nodes; elsewhere none. */
async function allProcesses(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function processNamespace(pid: number): Promise<string | undefined> {
  return await readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

/** Empty when the process is gone. */
async function read(pid: number, file: string): Promise<string> {
  return await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
