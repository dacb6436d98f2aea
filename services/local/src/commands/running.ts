import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';

const run = promisify(execFile);
const fileName = 'up.json';

export interface Running {
  readonly pid: number;
  readonly url: string;
}

/** The platform that runs in `dir`, if one does. What a process that is gone has left does not count. */
export async function runningIn(dir: string): Promise<Running | undefined> {
  const text = await readFile(join(dir, fileName), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const running = JSON.parse(text) as Running;
  return (await commandLine(running.pid)).includes('services/local/src/main.ts') ? running : undefined;
}

/**
 * Marks `dir` as that of this process, until disposed of.
 *
 * @throws SetupError when a platform runs there
 */
export async function claim(dir: string, url: string): Promise<AsyncDisposable> {
  const running = await runningIn(dir);
  if (running !== undefined) {
    throw new SetupError(
      `Tradewind runs already: ${running.url} (process ${running.pid}). \`make down\` stops it.`,
    );
  }
  const file = join(dir, fileName);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ pid: process.pid, url } satisfies Running));
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

/** Empty when there is no such process. */
async function commandLine(pid: number): Promise<string> {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (fromProc !== undefined) return fromProc;
  return await run('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}
