import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { SetupError } from '../setup-error.ts';
import { down } from './down.ts';

/** What `up` makes in its folder: nothing else is removed, whatever folder it is. */
const ours = /^(data|logs|kubeconfig|kubectl|(profile|secrets|up)\.json)$/;

/** Stops the platform and removes what it kept, after asking on a terminal; without one it has to be told not to ask. */
export async function reset(dir: string, yes: boolean, print: (line: string) => void): Promise<void> {
  if ((await keptIn(dir)).length === 0) {
    print(`There is nothing to remove in ${dir}.`);
    return;
  }
  if (!yes && !process.stdin.isTTY)
    throw new SetupError('Nothing was removed: without a terminal, give ARGS=--yes.');
  if (!yes && !(await confirmed(dir))) {
    print('Nothing was removed.');
    return;
  }
  await down(dir, () => undefined);
  for (const name of await keptIn(dir)) await rm(join(dir, name), { recursive: true, force: true });
  // Stays when somebody keeps something else in it.
  await rmdir(dir).catch(() => undefined);
  print(`Removed what Tradewind kept in ${dir}.`);
}

async function keptIn(dir: string): Promise<string[]> {
  return (await readdir(dir).catch(() => [])).filter((name) => ours.test(name));
}

async function confirmed(dir: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Remove ${dir} with all its products, users and orders? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
