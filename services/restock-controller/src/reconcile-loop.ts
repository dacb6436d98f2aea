import type { Logger } from '@tradewind/shared/telemetry';
import { queueMetrics, reconcileMetrics } from './metrics.ts';
import { reconciler, type ReconcileOptions } from './reconcile.ts';
import { resync } from './resync.ts';
import { runController } from './runtime/controller.ts';
import { RetryDelays } from './runtime/retry-delays.ts';
import { TokenBucket } from './runtime/token-bucket.ts';
import { WorkQueue } from './runtime/work-queue.ts';

export interface ReconcileLoopOptions extends Omit<ReconcileOptions, 'failingMs'> {
  /** Of all resources. */
  readonly keys: () => readonly string[];
  /** How many are in work at once. */
  readonly workers: number;
  /** How long it takes at most until a resource is looked at though nothing was heard. */
  readonly resyncMs: number;
  readonly log: Logger;
}

export interface ReconcileLoop {
  /** Has a resource looked at, soon; without effect while nothing runs, because a run begins with all of them. */
  readonly add: (key: string) => void;
  /** Reconciles until `ending` aborts, and resolves when what is in work has ended; `lost` aborts that too. */
  readonly run: (ending: AbortSignal, lost: AbortSignal) => Promise<void>;
}

/** After an outage nothing waits longer than this for its turn, although client-go has a quarter of an hour. */
const longestRetryMs = 30_000;

/** Everything that a leader does. */
export function reconcileLoop(options: ReconcileLoopOptions): ReconcileLoop {
  const { keys, log, resyncMs, workers } = options;
  const onResult = reconcileMetrics(workers);
  let current: WorkQueue | undefined;
  const add = (key: string) => current?.add(key);
  return {
    add,
    async run(ending, lost) {
      const overall = new TokenBucket(10, 100, { mostMs: longestRetryMs });
      const queue = new WorkQueue(new RetryDelays(overall, longestRetryMs), queueMetrics());
      current = queue;
      for (const key of keys()) queue.add(key);
      using stack = new DisposableStack();
      stack.use(resync(keys, add, resyncMs));
      await runController({
        ...{ queue, workers, ending, signal: lost, onResult },
        reconcile: reconciler({ ...options, failingMs: (key) => queue.failingMs(key) }),
        onError: (error, key) => {
          if (!lost.aborted)
            log.warn({ err: error, key, failures: queue.failures(key) }, 'will be tried again');
        },
      });
      current = undefined;
    },
  };
}
