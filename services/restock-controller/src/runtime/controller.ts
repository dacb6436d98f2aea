import { TradewindError } from '@tradewind/shared/errors';
import { ApiError } from './api-error.ts';
import type { WorkQueue } from './work-queue.ts';

/** When to look at a key again though nothing happens; without it only when something does. */
export interface Outcome {
  readonly againInMs?: number;
}

/** How a reconcile ended, by controller-runtime's names. */
export type Result = 'success' | 'requeue_after' | 'error';

export interface ControllerOptions {
  readonly queue: WorkQueue;
  /** How many keys are in work at once. */
  readonly workers: number;
  /** Brings one resource to where its spec wants it. What it throws is tried again, later with each failure. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>;
  readonly onError: (error: unknown, key: string) => void;
  /** Told of each reconcile, for metrics. */
  readonly onResult?: (result: Result, seconds: number) => void;
  /** Ends it: what is in work is finished, and what waits is left to whoever comes next. */
  readonly ending: AbortSignal;
  /** Aborts what is in work. */
  readonly signal: AbortSignal;
}

/** Reconciles the keys of a queue until `ending` aborts, and then closes it. Never rejects. */
export async function runController(options: ControllerOptions): Promise<void> {
  const { ending, queue, workers } = options;
  const close = () => void queue.drain();
  ending.addEventListener('abort', close, { once: true });
  if (ending.aborted) close();
  await Promise.all(Array.from({ length: workers }, () => work(options)));
  ending.removeEventListener('abort', close);
}

async function work(options: ControllerOptions): Promise<void> {
  const { ending, queue } = options;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    if (ending.aborted) {
      queue.done(key);
      continue;
    }
    const began = performance.now();
    const result = await reconcileOne(key, options);
    queue.done(key);
    options.onResult?.(result, (performance.now() - began) / 1000);
  }
}

async function reconcileOne(
  key: string,
  { queue, reconcile, onError, signal }: ControllerOptions,
): Promise<Result> {
  try {
    const { againInMs } = await reconcile(key, signal);
    queue.forget(key);
    if (againInMs === undefined) return 'success';
    queue.addAfter(key, againInMs);
    return 'requeue_after';
  } catch (error) {
    onError(error, key);
    const asks = error instanceof ApiError || error instanceof TradewindError;
    queue.addRateLimited(key, asks ? error.retryAfterMs : undefined);
    return 'error';
  }
}
