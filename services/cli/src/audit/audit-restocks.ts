import type { Document } from 'mongodb';
import type { Books } from './books.ts';
import { checkCounter, type RestockSum } from './check-restocks.ts';
import { counterFields, type CounterRecord } from './documents.ts';
import type { AuditRun } from './run.ts';

type BookedCounter = CounterRecord & { readonly sums: readonly RestockSum[] };

/** Walks the counters of restocks by id, each page with the sums of their rows in one snapshot. */
export async function auditRestocks(books: Books, run: AuditRun): Promise<void> {
  let after: string | undefined;
  do {
    run.signal.throwIfAborted();
    const page: readonly BookedCounter[] = await readPage(books, after, run.pageSize);
    for (const { sums, ...counter } of page) {
      run.findings.add(...checkCounter(counter, sums[0] ?? { restocks: 0, units: 0, sequence: 0 }));
    }
    run.count('restock counters', page.length);
    after = page.length === run.pageSize ? page.at(-1)?._id : undefined;
  } while (after !== undefined);
}

const readPage = ({ counters, movements, snapshot }: Books, after: string | undefined, size: number) =>
  snapshot((session) =>
    counters
      .aggregate<BookedCounter>(
        [
          { $match: after === undefined ? {} : { _id: { $gt: after } } },
          { $sort: { _id: 1 } },
          { $limit: size },
          { $project: counterFields },
          {
            $lookup: {
              from: movements.collectionName,
              localField: 'productId',
              foreignField: 'productId',
              let: { counter: '$_id' },
              pipeline: [{ $match: { kind: 'RESTOCK', $expr: isOfCounter } }, { $group: sum }],
              as: 'sums',
            },
          },
        ],
        { session },
      )
      .toArray(),
  );

/** Sources that begin with the counter's id and #, the range that the index `once` has; and have no other # behind it. */
const isOfCounter: Document = {
  $and: [
    { $gte: ['$source', { $concat: ['$$counter', '#'] }] },
    { $lt: ['$source', { $concat: ['$$counter', { $literal: '$' }] }] },
    { $eq: [{ $indexOfBytes: ['$source', '#', { $add: [{ $strLenBytes: '$$counter' }, 1] }] }, -1] },
  ],
};

const sum: Document = {
  _id: null,
  restocks: { $sum: 1 },
  units: { $sum: '$quantity' },
  sequence: { $max: '$sequence' },
};
