import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../setup-error.ts';

/** Shows the end of one log or of all, and what is added if `follow` is set. */
export async function logs(dir: string, name: string | undefined, follow: boolean): Promise<void> {
  const folder = join(dir, 'logs');
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.log'));
  if (files.length === 0) throw new SetupError('There are no logs yet: start Tradewind with `make up`.');
  const wanted = name === undefined ? files : files.filter((file) => file === `${name}.log`);
  if (wanted.length === 0) {
    const names = files.map((file) => file.replace(/\.log$/, '')).join(', ');
    throw new SetupError(`There is no log of "${name ?? ''}". There are: ${names}.`);
  }
  const lines = name === undefined ? '20' : '200';
  const paths = wanted.map((file) => join(folder, file));
  const tail = spawn('tail', ['-n', lines, ...(follow ? ['-F'] : []), ...paths], { stdio: 'inherit' });
  await once(tail, 'exit');
}
