import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const lookAgainMs = 200;

/**
 * Waits until no other process of this machine holds the lock file, and holds it. It saves work and guards nothing: a
 * holder that died is passed over, and in a race two may go on.
 */
export async function holdLock(
  file: string,
  onWait: () => void = () => undefined,
  signal?: AbortSignal,
): Promise<AsyncDisposable> {
  let told = false;
  while (!(await take(file))) {
    if (!told) onWait();
    told = true;
    await sleep(lookAgainMs, undefined, { signal });
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
}

async function take(file: string): Promise<boolean> {
  const own = `${file}-${randomUUID()}`;
  // A link comes into being with its content: nobody sees a lock that does not say whose it is.
  await writeFile(own, String(process.pid));
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    const holder = Number(await readFile(file, 'utf8').catch(() => process.pid));
    if (!isAlive(holder)) await rm(file, { force: true });
    return false;
  } finally {
    await rm(own, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
