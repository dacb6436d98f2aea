import { TradewindError } from '@tradewind/shared/errors';

export interface WorkLimits {
  /** Pieces of work at once. */
  readonly concurrency: number;
  /** How many may wait for their turn; more are refused, so that those who wait still get an answer in time. */
  readonly queue: number;
}

export type RunLimited = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/**
 * Bounds expensive work. Who is aborted while waiting leaves the queue.
 * The function that it answers throws TradewindError RESOURCE_EXHAUSTED when the queue is full.
 */
export function limitedWork({ concurrency, queue }: WorkLimits): RunLimited {
  const waiting: (() => void)[] = [];
  let running = 0;

  function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (running < concurrency) {
      running += 1;
      return Promise.resolve();
    }
    if (waiting.length >= queue) {
      throw new TradewindError('RESOURCE_EXHAUSTED', 'too many log in at once', { retryAfterMs: 2000 });
    }
    return new Promise((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(start);
    });
  }

  function done(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return async (work, signal) => {
    await turn(signal);
    try {
      return await work();
    } finally {
      done();
    }
  };
}
