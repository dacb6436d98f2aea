import type { FindCursor } from 'mongodb';

/**
 * MongoDB says nothing while it works on an update, and a command that says nothing for 15 seconds is given up: a larger one
 * might begin again for ever.
 */
const partSize = 1_000;

/** Changes what a query finds, in parts of 1,000 documents. A change may not move a document ahead in the query's order. */
export async function inParts<T>(
  found: FindCursor<T>,
  change: (part: readonly T[]) => Promise<unknown>,
): Promise<void> {
  await using cursor = found.batchSize(partSize);
  while (await cursor.hasNext()) await change(cursor.readBufferedDocuments());
}
