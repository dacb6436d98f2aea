import { setTimeout as sleep } from 'node:timers/promises';
import { TradewindError, type ErrorCode } from '@tradewind/shared/errors';

const transient: readonly ErrorCode[] = ['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'RESOURCE_EXHAUSTED'];

/** Whether a repeat may succeed although nothing was changed. */
export const isTransient = (error: unknown) =>
  error instanceof TradewindError && transient.includes(error.code);

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** How many calls in all. */
  readonly attempts: number;
  readonly firstDelayMs?: number;
}

const maxDelayMs = 15_000;

/** Repeats what is safe to repeat while it fails transiently, after what the server asked for or a jittered backoff. */
export async function retry<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, attempts, firstDelayMs = 200 } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= attempts || !(error instanceof TradewindError) || !isTransient(error)) throw error;
      const backoff = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
      await sleep(Math.max(backoff, Math.min(maxDelayMs, error.retryAfterMs ?? 0)), undefined, { signal });
    }
  }
}
