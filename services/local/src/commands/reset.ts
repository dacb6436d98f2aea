import { rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { down } from './down.ts';

/** Stops the platform and removes all that it kept. On a terminal it asks first, unless told not to. */
export async function reset(dir: string, yes: boolean, print: (line: string) => void): Promise<void> {
  if ((await stat(dir).catch(() => undefined)) === undefined) {
    print(`There is nothing to remove: ${dir} does not exist.`);
    return;
  }
  if (!yes && process.stdin.isTTY && !(await confirmed(dir))) {
    print('Nothing was removed.');
    return;
  }
  await down(dir, () => undefined);
  await rm(dir, { recursive: true, force: true });
  print(`Removed ${dir}.`);
}

async function confirmed(dir: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Remove ${dir} with all its products, users and orders? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
