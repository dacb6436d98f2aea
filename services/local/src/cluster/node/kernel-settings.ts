import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './place.ts';

/** What the kubelet sets for the whole machine, and how many programs may watch files, of which each pod brings some. */
const names = [
  'fs/inotify/max_user_instances',
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'kernel/panic',
  'kernel/panic_on_oops',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
] as const;
const watchers = '1024';

type Name = (typeof names)[number];

/** Notes what a node will change, unless that was noted before, and lets it watch enough files. */
export async function prepareKernel(place: Place): Promise<void> {
  const before: Partial<Record<Name, string>> = {};
  for (const name of names) before[name] = (await readFile(path(name), 'utf8')).trim();
  const note = JSON.stringify(before, undefined, 2);
  await writeFile(noteOf(place), note, { flag: 'wx' }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  const name = 'fs/inotify/max_user_instances';
  if (Number(before[name]) < Number(watchers)) await writeFile(path(name), watchers);
}

/** Puts back what the node has changed. */
export async function restoreKernel(place: Place): Promise<void> {
  const note = await readFile(noteOf(place), 'utf8').catch(() => '{}');
  for (const [name, value] of Object.entries(JSON.parse(note) as Record<Name, string>)) {
    await writeFile(path(name), value);
  }
  await rm(noteOf(place), { force: true });
}

function noteOf(place: Place): string {
  return join(place.dir, 'kernel.json');
}

function path(name: string): string {
  return `/proc/sys/${name}`;
}
