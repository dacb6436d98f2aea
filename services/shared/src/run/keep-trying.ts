import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../telemetry/index.ts';

export interface KeepTryingOptions {
  /** What is tried for, as the log calls it. */
  readonly name: string;
  readonly pauseMs: number;
  readonly log: Logger;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/**
 * Tries until it works, however long that takes. Each new reason why it does not is logged once.
 *
 * Rejects when `signal` gives up.
 */
export async function keepTrying<T>(
  { name, pauseMs, log, signal }: KeepTryingOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  let told = '';
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (String(error) !== told) log.warn({ err: error }, `${name} is not there yet`);
      told = String(error);
      await delay(pauseMs, undefined, { signal });
    }
  }
}
