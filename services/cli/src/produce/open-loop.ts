import { setTimeout as sleep } from 'node:timers/promises';

export interface OpenLoopOptions {
  /** Starts per second. */
  readonly rate: number;
  /** How many in all; absent for no end. */
  readonly count?: number;
  /** When to stop starting, in seconds from now; absent for no end. */
  readonly duration?: number;
  readonly signal: AbortSignal;
}

/**
 * Starts `work` at a set rate whether or not earlier work has ended, so that a slow platform is seen as slow instead of
 * being spared. What is late is caught up. Ends when all that was started has ended.
 */
export async function openLoop(
  work: (index: number) => Promise<void>,
  options: OpenLoopOptions,
): Promise<void> {
  const { rate, count = Infinity, duration = Infinity, signal } = options;
  const total = Math.min(count, Math.ceil(rate * duration));
  const started = performance.now();
  const inFlight = new Set<Promise<void>>();
  for (let index = 0; index < total; index += 1) {
    const waitMs = started + (index * 1000) / rate - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const running = work(index).finally(() => inFlight.delete(running));
    inFlight.add(running);
  }
  await Promise.all(inFlight);
}
