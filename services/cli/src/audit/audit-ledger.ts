import type { ClientSession, Filter } from 'mongodb';
import type { Books } from './books.ts';
import { Chain } from './chain.ts';
import { checkRestockRow, counterOf } from './check-restocks.ts';
import { checkRow } from './check-rows.ts';
import {
  counterFields,
  decisionFields,
  productFields,
  rowFields,
  type CounterRecord,
  type DecisionRecord,
  type ProductRecord,
  type RowRecord,
} from './documents.ts';
import type { Finding } from './finding.ts';
import type { AuditRun } from './run.ts';

/** The last product that was walked, with the last row when its chain may go on. */
interface Position {
  readonly productId: string;
  readonly sequence?: number;
}

interface Page {
  readonly rows: readonly RowRecord[];
  readonly products: readonly ProductRecord[];
  readonly decisions: ReadonlyMap<string, DecisionRecord>;
  readonly counters: ReadonlyMap<string, CounterRecord>;
  /** What comes after this page; absent after the last one. */
  readonly next?: Position;
}

/**
 * Walks products and ledger rows side by side: products downward and rows upward, which is the index `chain` read
 * backward. Rows are never changed, so a chain may be followed over several snapshots; it ends in the snapshot that has no
 * more rows of it, and is compared with the product there.
 */
export async function auditLedger(books: Books, run: AuditRun): Promise<void> {
  let position: Position | undefined;
  let chain: Chain | undefined;
  do {
    run.signal.throwIfAborted();
    const page: Page = await books.snapshot((session) => readPage(books, position, run.pageSize, session));
    const bound = new Date((await books.now()).getTime() - run.settleMs);
    const products = new Map(page.products.map((product) => [product._id, product]));
    const end = (ended: Chain) => {
      run.findings.add(...ended.end(products.get(ended.productId)));
      products.delete(ended.productId);
    };
    for (const row of page.rows) {
      if (chain?.productId !== row.productId) {
        if (chain) end(chain);
        chain = new Chain(row.productId);
      }
      run.findings.add(...chain.follow(row));
      if (isOfOrder(row)) run.findings.add(...checkRow(row, page.decisions.get(row.source)));
      if (isRestock(row)) run.findings.add(...checkRestockRow(row, page.counters.get(counterOf(row))));
    }
    position = page.next;
    if (chain && position?.sequence === undefined) {
      end(chain);
      chain = undefined;
    }
    for (const product of products.values()) run.findings.add(...new Chain(product._id).end(product));
    for (const product of page.products) run.findings.add(...stuckTelling(product, bound));
    run.count('products', page.products.length);
    run.count('ledger rows', page.rows.length);
  } while (position);
}

async function readPage(
  { products, movements, decisions, counters }: Books,
  position: Position | undefined,
  size: number,
  session: ClientSession,
): Promise<Page> {
  const found = await movements
    .find(rowsAfter(position), { session, projection: rowFields, hint: 'chain' })
    .sort({ productId: -1, sequence: 1 })
    .limit(size)
    .toArray();
  const lastRow = found.length === size ? found.at(-1) : undefined;
  // The product of an open chain belongs to the page that ends it.
  const range = {
    ...(position && { [position.sequence === undefined ? '$lt' : '$lte']: position.productId }),
    ...(lastRow && { $gt: lastRow.productId }),
  };
  const foundProducts = await products
    .find(Object.keys(range).length === 0 ? {} : { _id: range }, { session, projection: productFields })
    .sort({ _id: -1 })
    .limit(size)
    .toArray();
  const lastProduct = foundProducts.length === size ? foundProducts.at(-1)?._id : undefined;
  const rows = lastProduct === undefined ? found : found.filter(({ productId }) => productId >= lastProduct);
  const next =
    lastProduct === undefined
      ? lastRow && { productId: lastRow.productId, sequence: lastRow.sequence }
      : { productId: lastProduct };
  const orderIds = new Set(rows.filter(isOfOrder).map(({ source }) => source));
  const foundDecisions = await decisions
    .find({ _id: { $in: [...orderIds] } }, { session, projection: decisionFields })
    .toArray();
  const counterIds = new Set(rows.filter(isRestock).map(counterOf));
  const foundCounters = await counters
    .find({ _id: { $in: [...counterIds] } }, { session, projection: counterFields })
    .toArray();
  return {
    rows,
    products: foundProducts,
    decisions: new Map(foundDecisions.map((decision) => [decision._id, decision])),
    counters: new Map(foundCounters.map((counter) => [counter._id, counter])),
    ...(next && { next }),
  };
}

function rowsAfter(position: Position | undefined): Filter<RowRecord> {
  if (!position) return {};
  const { productId, sequence } = position;
  if (sequence === undefined) return { productId: { $lt: productId } };
  return { $or: [{ productId, sequence: { $gt: sequence } }, { productId: { $lt: productId } }] };
}

const isOfOrder = ({ kind }: RowRecord): boolean => kind === 'ORDER' || kind === 'RELEASE';
const isRestock = ({ kind }: RowRecord): boolean => kind === 'RESTOCK';

function stuckTelling({ _id, tellAt }: ProductRecord, bound: Date): Finding[] {
  if (!tellAt || tellAt >= bound) return [];
  const expected = 'that readers are told of its last change';
  const found = `due since ${tellAt.toISOString()}`;
  return [{ kind: 'telling-stuck', documents: [`products/${_id}`], expected, found }];
}
