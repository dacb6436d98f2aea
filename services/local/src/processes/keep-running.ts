import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';

const firstDelayMs = 1000;
const longestDelayMs = 30_000;
/** After this long without a crash, the next one is taken for the first. */
const steadyMs = 60_000;

/** The time to wait before the start that follows the given number of crashes in a row. */
export function backoffMs(crashes: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (crashes - 1));
}

/** Starts the program again whenever it ends without being asked to, and reports so. Disposing ends that. */
export function keepRunning(program: Program, report: (line: string) => void): Disposable {
  const end = new AbortController();
  let crashes = 0;
  let lastCrash = 0;
  program.onCrash((how) => {
    if (end.signal.aborted) return;
    crashes = Date.now() - lastCrash > steadyMs ? 1 : crashes + 1;
    lastCrash = Date.now();
    const delay = backoffMs(crashes);
    report(`${program.name} ended (${how}); it is started again in ${delay / 1000} s`);
    void sleep(delay, undefined, { signal: end.signal }).then(startAgain, () => undefined);
  });

  async function startAgain(): Promise<void> {
    if (program.stopped) return;
    await program.start().then(
      () => {
        report(`${program.name} is ready again`);
      },
      // A start that fails is a crash, which has been reported as one.
      () => undefined,
    );
  }

  return {
    [Symbol.dispose]: () => {
      end.abort();
    },
  };
}
