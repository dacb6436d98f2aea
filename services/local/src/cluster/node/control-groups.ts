import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';
/** The kubelet makes these, in each hierarchy of version 1 or in the one of version 2. */
const names = ['kubepods', 'kubepods.slice'];

/** Removes the control groups of pods that are gone; those with processes in them stay. */
export async function removeControlGroups(): Promise<void> {
  const hierarchies = [root, ...(await subfolders(root))];
  for (const hierarchy of hierarchies) for (const name of names) await removeEmpty(join(hierarchy, name));
}

async function removeEmpty(group: string): Promise<void> {
  for (const child of await subfolders(group)) await removeEmpty(child);
  await rmdir(group).catch(() => undefined);
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}
