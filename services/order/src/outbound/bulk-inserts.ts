import { MongoBulkWriteError, MongoError, type Collection, type OptionalUnlessRequiredId } from 'mongodb';
import { unavailable } from '@tradewind/shared/errors';

/** One of the document's unique keys is taken. */
export class TakenError extends Error {
  override readonly name = 'TakenError';
}

interface Waiting<T> {
  readonly document: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const maxBatch = 500;
const duplicateKey = 11_000;

/**
 * Inserts documents of concurrent callers together, so that they share a journal flush: while one bulk insert is under
 * way, the next one fills. Each caller gets its own document's outcome; an unknown one is UNAVAILABLE.
 */
export function bulkInserts<T extends object>(
  collection: Collection<T>,
  concurrency = 2,
): (document: T) => Promise<void> {
  const waiting: Waiting<T>[] = [];
  let running = 0;

  async function flush(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      const documents = batch.map(({ document }) => document as OptionalUnlessRequiredId<T>);
      await collection.insertMany(documents, { ordered: false });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      settle(batch, error);
    }
  }

  function next(): void {
    while (running < concurrency && waiting.length > 0) {
      running += 1;
      void flush(waiting.splice(0, maxBatch)).finally(() => {
        running -= 1;
        next();
      });
    }
  }

  return (document) =>
    new Promise((resolve, reject) => {
      waiting.push({ document, resolve, reject });
      // After the callers that are ready in this turn of the event loop.
      setImmediate(next);
    });
}

/** Errors by index. A failure that is not of one document leaves everybody's outcome unknown. */
function settle<T>(batch: readonly Waiting<T>[], error: unknown): void {
  const result = error instanceof MongoBulkWriteError ? error.result : undefined;
  const byIndex = new Map((result?.getWriteErrors() ?? []).map((own) => [own.index, own]));
  const isUnknown = byIndex.size === 0 || result?.getWriteConcernError() !== undefined;
  const unknown = error instanceof MongoError ? unavailable('the database', error) : error;
  for (const [index, { resolve, reject }] of batch.entries()) {
    const own = byIndex.get(index);
    if (own !== undefined) reject(own.code === duplicateKey ? new TakenError() : new Error(own.errmsg));
    else if (isUnknown) reject(unknown);
    else resolve();
  }
}
