import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Program } from '@tradewind/local/platform';
import { eventually } from '../../kit/eventually.ts';

/** Longer than the platform ever pauses before it starts again what has died often. */
const startedWithin = { within: 60_000 };

/** kill -9 of all of them at once; the platform starts each again. Returns when all are ready. */
export async function kill(...programs: readonly Program[]): Promise<void> {
  const pids = programs.map(({ pid }) => pid);
  await Promise.all(programs.map((program) => program.kill('SIGKILL')));
  expect(programs.every(({ pid }) => pid === undefined)).toBe(true);
  for (const [index, program] of programs.entries()) {
    const isAnother = () => program.pid !== undefined && program.pid !== pids[index];
    await eventually(() => Promise.resolve(isAnother()), startedWithin);
    await program.ready();
  }
}

/** kill -9 of all of them at once; they are started again only after so long, which no condition can say. */
export const lose = (ms: number, ...programs: readonly Program[]): Promise<void> =>
  loseWhile(programs, () => delay(ms));

/** kill -9 of all of them at once; they are started again when something has gone on without them. */
export async function loseWhile(
  programs: readonly Program[],
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  await Promise.all(programs.map((program) => program.kill('SIGKILL')));
  expect(programs.every(({ pid }) => pid === undefined)).toBe(true);
  // So that the platform does not start them before.
  await Promise.all(programs.map((program) => program.stop()));
  await meanwhile();
  expect(programs.every(({ pid }) => pid === undefined)).toBe(true);
  await Promise.all(programs.map((program) => program.start()));
}

/** SIGSTOP for so long, which no condition can say, and SIGCONT. The processes are the same afterwards. */
export const pause = (ms: number, ...programs: readonly Program[]): Promise<void> =>
  pauseWhile(programs, () => delay(ms));

/** SIGSTOP of all of them while something goes on, and SIGCONT. The processes are the same afterwards. */
export async function pauseWhile(
  programs: readonly Program[],
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const pids = programs.map(({ pid }) => pid);
  await Promise.all(programs.map((program) => program.kill('SIGSTOP')));
  await meanwhile();
  const anyReady = programs.map((program) => program.ready().then(() => true));
  const stillReady = await Promise.race([...anyReady, delay(200, false)]);
  expect(stillReady, 'a stopped process answers').toBe(false);
  await Promise.all(programs.map((program) => program.kill('SIGCONT')));
  await Promise.all(programs.map((program) => program.ready()));
  expect(programs.map(({ pid }) => pid)).toEqual(pids);
}
