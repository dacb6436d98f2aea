import type { Books } from './books.ts';
import { checkOrder, stuckEvents } from './check-order.ts';
import { checkDecision } from './check-rows.ts';
import { compare } from './compare.ts';
import {
  decisionFields,
  orderFields,
  type DecisionRecord,
  type OrderRecord,
  type RowRecord,
} from './documents.ts';
import type { AuditRun } from './run.ts';

type BookedDecision = DecisionRecord & { readonly rows: readonly Pick<RowRecord, 'productId' | 'kind'>[] };

interface Page {
  readonly orders: ReadonlyMap<string, OrderRecord>;
  readonly decisions: ReadonlyMap<string, BookedDecision>;
  /** The last id that both sides have been read up to; absent at the end. */
  readonly last?: string;
}

/**
 * Walks orders and decisions side by side, by id. Each side is read in a snapshot of its own database, where an order must
 * agree with itself and a decision with its ledger rows; what differs between the sides becomes a suspect.
 *
 * @returns how many orders wait for inventory
 */
export async function auditOrders(books: Books, run: AuditRun): Promise<number> {
  let after: string | undefined;
  let waiting = 0;
  do {
    run.signal.throwIfAborted();
    const page: Page = await readPage(books, after, run.pageSize);
    const bound = new Date((await books.now()).getTime() - run.settleMs);
    for (const order of page.orders.values()) {
      run.findings.add(...checkOrder(order), ...stuckEvents(order, bound));
    }
    for (const { rows, ...decision } of page.decisions.values()) {
      run.findings.add(...checkDecision(decision, rows));
    }
    for (const id of new Set([...page.orders.keys(), ...page.decisions.keys()])) {
      const decision = page.decisions.get(id);
      const pair = { id, order: page.orders.get(id), decision: decision && withoutRows(decision) };
      const comparison = compare(pair);
      if (comparison === 'waits') waiting += 1;
      else if (comparison !== 'agree') await run.suspects.add(pair);
    }
    run.count('orders', page.orders.size);
    run.count('decisions', page.decisions.size);
    after = page.last;
  } while (after !== undefined);
  return waiting;
}

async function readPage(books: Books, after: string | undefined, size: number): Promise<Page> {
  const [orders, decisions] = await Promise.all([
    readOrders(books, after, size),
    readDecisions(books, after, size),
  ]);
  const full = [orders, decisions].filter(({ length }) => length === size);
  const last = full.map((side) => side.at(-1)?._id ?? '').sort()[0];
  const upToLast = ({ _id }: { readonly _id: string }) => last === undefined || _id <= last;
  return {
    orders: new Map(orders.filter(upToLast).map((order) => [order._id, order])),
    decisions: new Map(decisions.filter(upToLast).map((decision) => [decision._id, decision])),
    ...(last !== undefined && { last }),
  };
}

const idsAfter = (after: string | undefined) => (after === undefined ? {} : { _id: { $gt: after } });

const readOrders = ({ orders, snapshot }: Books, after: string | undefined, size: number) =>
  snapshot((session) =>
    orders.find(idsAfter(after), { session, projection: orderFields }).sort({ _id: 1 }).limit(size).toArray(),
  );

const readDecisions = ({ decisions, movements, snapshot }: Books, after: string | undefined, size: number) =>
  snapshot((session) =>
    decisions
      .aggregate<BookedDecision>(
        [
          { $match: idsAfter(after) },
          { $sort: { _id: 1 } },
          { $limit: size },
          { $project: decisionFields },
          {
            $lookup: {
              from: movements.collectionName,
              localField: 'lines.productId',
              foreignField: 'productId',
              let: { order: '$_id' },
              pipeline: [
                { $match: { $expr: { $eq: ['$source', '$$order'] } } },
                { $project: { _id: 0, productId: 1, kind: 1 } },
              ],
              as: 'rows',
            },
          },
        ],
        { session },
      )
      .toArray(),
  );

function withoutRows({ _id, state, lines, reason }: BookedDecision): DecisionRecord {
  return { _id, state, lines, reason };
}
