import { MongoBulkWriteError, type Collection, type OptionalUnlessRequiredId } from 'mongodb';
import { isDuplicateKey } from '@tradewind/shared/mongo';

interface Waiting<T> {
  readonly document: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const maxBatch = 500;

/**
 * Inserts documents of concurrent callers together, so that they share a journal flush: while one bulk insert is under
 * way, the next one fills. Each caller gets its own document's outcome.
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

/** Errors by index. A failure that is not of one document (the outcome is unknown) is everybody's. */
function settle<T>(batch: readonly Waiting<T>[], error: unknown): void {
  const byIndex = new Map<number, unknown>();
  if (error instanceof MongoBulkWriteError) {
    for (const writeError of error.result.getWriteErrors()) byIndex.set(writeError.index, writeError);
  }
  const wholeBatch =
    byIndex.size === 0 || (error instanceof MongoBulkWriteError && hasWriteConcernError(error));
  for (const [index, { resolve, reject }] of batch.entries()) {
    const own = byIndex.get(index);
    if (own !== undefined) reject(own);
    else if (wholeBatch) reject(error);
    else resolve();
  }
}

const hasWriteConcernError = (error: MongoBulkWriteError): boolean =>
  error.result.getWriteConcernError() !== undefined;

/** Whether a document's own error says that its key is taken. */
export const isTaken = (error: unknown): boolean =>
  isDuplicateKey(error) ||
  (typeof error === 'object' && error !== null && 'code' in error && error.code === 11_000);
