import { AsyncLocalStorage } from 'node:async_hooks';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export interface TogetherOptions<Item> {
  /** What a batch may weigh at most; an item weighs 1 unless `weigh` says otherwise. */
  readonly maxWeight: number;
  readonly weigh?: (item: Item) => number;
  /** Batches under way at once. */
  readonly concurrency?: number;
}

/**
 * Lets concurrent callers share one call: while a batch is under way, the next one fills. `run` gives a result for each
 * item, in their order; its failure is everybody's.
 */
export function together<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { maxWeight, weigh = () => 1, concurrency = 2 }: TogetherOptions<Item>,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running = 0;
  // No single caller's deadline, token or trace is that of the batch.
  const apart = AsyncLocalStorage.snapshot();

  function takeBatch(): Waiting<Item, Result>[] {
    let weight = 0;
    const end = waiting.findIndex(({ item }, index) => {
      weight += weigh(item);
      return weight > maxWeight && index > 0;
    });
    return waiting.splice(0, end < 0 ? waiting.length : end);
  }

  async function settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function next(): void {
    while (running < concurrency && waiting.length > 0) {
      running += 1;
      void settle(takeBatch()).finally(() => {
        running -= 1;
        next();
      });
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // After the callers that are ready in this turn of the event loop.
      setImmediate(() => {
        apart(next);
      });
    });
}
