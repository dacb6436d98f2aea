import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const lookAgainMs = 200;
/** SQLite's SQLITE_BUSY. */
const busy = 5;

/**
 * Waits until nobody else holds the lock, in this process or another one, and holds it until disposed of. The kernel gives
 * it back when its holder dies. The file is empty, and stays: removing it would make two locks of one.
 */
export async function holdLock(
  file: string,
  onWait: () => void = () => undefined,
  signal?: AbortSignal,
): Promise<Disposable> {
  let told = false;
  for (;;) {
    const lock = take(file);
    if (lock !== undefined) return lock;
    if (!told) onWait();
    told = true;
    await sleep(lookAgainMs, undefined, { signal });
  }
}

/** Node.js reaches the kernel's file locks through SQLite only; nothing is ever written to this database. */
function take(file: string): Disposable | undefined {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined;
    throw error;
  }
}
