import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../telemetry/index.ts';

/** Soon after a dependency is back, everything goes on. */
const maxPauseMs = 5_000;

/**
 * Runs a task again and again, `intervalMs` after its last end, and doubles the pause up to 5 s while it fails.
 * Disposing waits for a task under way.
 */
export function repeat(
  name: string,
  intervalMs: number,
  log: Logger,
  task: (signal: AbortSignal) => Promise<void>,
): AsyncDisposable {
  const stop = new AbortController();
  const { signal } = stop;
  const running = (async () => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await task(signal);
        failures = 0;
      } catch (error) {
        if (stop.signal.aborted) break;
        failures += 1;
        log.warn({ err: error, task: name, failures }, 'will try again');
      }
      const pause = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, maxPauseMs));
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
