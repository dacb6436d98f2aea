import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdLock } from '../src/kubernetes/build-lock.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-lock-'));
  file = join(folder, 'lock');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test('who waits is told so once, and gets the lock when its holder gives it back', async () => {
  const first = await holdLock(file);
  const told = Promise.withResolvers<undefined>();
  const second = holdLock(file, () => {
    told.resolve(undefined);
  });
  await told.promise;
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});

test('the lock of a process is free when it is killed, whoever has its id now', async () => {
  const holder = await startHolder();
  const told = Promise.withResolvers<undefined>();
  const waiting = holdLock(file, () => {
    told.resolve(undefined);
  });
  await told.promise;
  holder.kill('SIGKILL');
  (await waiting)[Symbol.dispose]();
});

/** Where that can be had, in a process namespace of its own as in a container: there its id is 1, which here is another's. */
async function startHolder(): Promise<ChildProcess> {
  const command = [process.execPath, join(import.meta.dirname, 'fixtures/lock-holder.ts'), file];
  const ownNamespace = ['unshare', '--pid', '--fork', '--kill-child'];
  const [unshare = '', ...options] = ownNamespace;
  const canUnshare = spawnSync(unshare, [...options, 'true']).status === 0;
  const [program = '', ...args] = canUnshare ? [...ownNamespace, ...command] : command;
  const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(holder.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('held\n');
  return holder;
}
