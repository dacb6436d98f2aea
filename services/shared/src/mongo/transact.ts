import { setTimeout as delay } from 'node:timers/promises';
import { MongoError, MongoServerSelectionError, type ClientSession, type MongoClient } from 'mongodb';
import { ContentionError } from '../errors/index.ts';
import { isContention, isDuplicateKey, isTransient } from './failures.ts';

/**
 * Runs `work` in a snapshot transaction and commits it. After a write conflict, or a duplicate key (which aborts the whole
 * transaction), it runs again from its reads, with jittered backoff. `work` must have no effect outside the session.
 *
 * @throws ContentionError when no attempt was the first to write
 */
export async function transact<T>(
  client: MongoClient,
  work: (session: ClientSession) => Promise<T>,
  maxAttempts = 40,
): Promise<T> {
  await using session = client.startSession();
  for (let attempt = 1; ; attempt += 1) {
    try {
      session.startTransaction({ readConcern: { level: 'snapshot' }, readPreference: 'primary' });
      const result = await work(session);
      await commit(session);
      return result;
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => undefined);
      const away = error instanceof MongoServerSelectionError;
      const again =
        error instanceof ContentionError || (!away && (isTransient(error) || isDuplicateKey(error)));
      if (again && attempt >= maxAttempts && isContention(error)) throw new ContentionError(error);
      if (!again || attempt >= maxAttempts) throw error;
      await delay(Math.random() * Math.min(5 * 2 ** attempt, 100));
    }
  }
}

/** A commit whose outcome is unknown is sent again: the server knows whether it happened. */
async function commit(session: ClientSession): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      const unknown = error instanceof MongoError && error.hasErrorLabel('UnknownTransactionCommitResult');
      if (!unknown || attempt === 5) throw error;
    }
  }
}
