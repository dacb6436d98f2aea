import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Program } from '@tradewind/local/platform';
import { eventually } from '../../kit/eventually.ts';

/** kill -9 of all of them at once; the platform starts each again. Returns when all are ready. */
export async function kill(...programs: readonly Program[]): Promise<void> {
  const pids = programs.map(({ pid }) => pid);
  await Promise.all(programs.map((program) => program.kill('SIGKILL')));
  expect(programs.every(({ pid }) => pid === undefined)).toBe(true);
  for (const [index, program] of programs.entries()) {
    await eventually(() => Promise.resolve(program.pid !== undefined && program.pid !== pids[index]));
    await program.ready();
  }
}

/** SIGSTOP for so long, which no condition can say, and SIGCONT. The processes are the same afterwards. */
export async function pause(ms: number, ...programs: readonly Program[]): Promise<void> {
  const pids = programs.map(({ pid }) => pid);
  await Promise.all(programs.map((program) => program.kill('SIGSTOP')));
  await delay(ms);
  const stillReady = await Promise.race([programs[0]?.ready().then(() => true), delay(200, false)]);
  expect(stillReady, 'a stopped process answers').toBe(false);
  await Promise.all(programs.map((program) => program.kill('SIGCONT')));
  await Promise.all(programs.map((program) => program.ready()));
  expect(programs.map(({ pid }) => pid)).toEqual(pids);
}
