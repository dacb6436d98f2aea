import { MongoBulkWriteError, MongoError, type Collection, type OptionalUnlessRequiredId } from 'mongodb';
import { unavailable } from '@tradewind/shared/errors';
import { together } from '@tradewind/shared/batching';

/** One of the document's unique keys is taken. */
export class TakenError extends Error {
  override readonly name = 'TakenError';
}

const maxBatch = 500;
const duplicateKey = 11_000;

interface Insertion<T> {
  readonly document: T;
  readonly signal: AbortSignal | undefined;
}

/**
 * Inserts documents of concurrent callers together, so that they share a journal flush. Each caller gets its own
 * document's outcome; an unknown one is UNAVAILABLE. One whose signal aborts while it waits for its turn is left out, and
 * its caller gets the reason.
 */
export function bulkInserts<T extends object>(
  collection: Collection<T>,
  concurrency = 2,
): (document: T, signal?: AbortSignal) => Promise<void> {
  /** What kept each document out; undefined for those that are in. */
  async function insertAll(documents: readonly T[]): Promise<readonly (Error | undefined)[]> {
    if (documents.length === 0) return [];
    try {
      await collection.insertMany(documents as OptionalUnlessRequiredId<T>[], { ordered: false });
      return documents.map(() => undefined);
    } catch (error) {
      return failures(documents, error);
    }
  }

  async function insertWanted(insertions: readonly Insertion<T>[]): Promise<readonly (Error | undefined)[]> {
    const wanted = insertions.filter(({ signal }) => signal?.aborted !== true);
    const outcomes = await insertAll(wanted.map(({ document }) => document));
    return insertions.map((insertion) => {
      const index = wanted.indexOf(insertion);
      return index < 0 ? (insertion.signal?.reason as Error) : outcomes[index];
    });
  }

  const insert = together(insertWanted, { maxWeight: maxBatch, concurrency });
  return async (document, signal) => {
    const failure = await insert({ document, signal });
    if (failure !== undefined) throw failure;
  };
}

/**
 * Errors by index. A failure that is not of one document leaves everybody's outcome unknown; so does one after which not
 * all have an outcome, since the driver sends what is large in parts.
 */
function failures(documents: readonly unknown[], error: unknown): (Error | undefined)[] {
  const result = error instanceof MongoBulkWriteError ? error.result : undefined;
  const byIndex = new Map((result?.getWriteErrors() ?? []).map((own) => [own.index, own]));
  const isUnknown =
    result === undefined ||
    result.insertedCount + byIndex.size < documents.length ||
    result.getWriteConcernError() !== undefined;
  const unknown =
    error instanceof Error && !(error instanceof MongoError) ? error : unavailable('the database', error);
  return documents.map((_, index) => {
    const own = byIndex.get(index);
    if (own !== undefined) return own.code === duplicateKey ? new TakenError() : new Error(own.errmsg);
    return isUnknown ? unknown : undefined;
  });
}
