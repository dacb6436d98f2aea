import { textOfLines, type CounterRecord, type RowRecord } from './documents.ts';
import type { Finding } from './finding.ts';

/** What the ledger rows of a counter come to. */
export interface RestockSum {
  readonly restocks: number;
  readonly units: number;
  /** The last row's; 0 without rows. */
  readonly sequence: number;
}

/** A row's source is its counter and the number of the trigger that it answers. */
const rowSource = /^(?<counter>.*)#(?<trigger>\d+)$/s;

export const counterOf = ({ source }: RowRecord): string =>
  rowSource.exec(source)?.groups?.['counter'] ?? source;

/** A restock's row against the counter in the same snapshot: one of its triggers, of its product, and no other change. */
export function checkRestockRow(row: RowRecord, counter: CounterRecord | undefined): Finding[] {
  const documents = [`movements/${row._id}`, `restock_counters/${counterOf(row)}`];
  const trigger = Number(rowSource.exec(row.source)?.groups?.['trigger'] ?? 0);
  const found = `trigger ${trigger}, ${textOfLines([row])}, balance ${row.balance}`;
  if (!counter) return [{ kind: 'row-without-counter', documents, expected: 'a counter', found }];
  const { productId, triggers, change } = counter;
  const answered = trigger >= 1 && trigger <= triggers;
  const asked =
    change.kind === 'delta' ? row.quantity === change.units : row.quantity > 0 && row.balance <= change.units;
  if (productId === row.productId && answered && asked) return [];
  const expected = `one of ${triggers} triggers, ${change.kind} ${change.units} of ${productId}`;
  return [{ kind: 'row-against-counter', documents, expected, found }];
}

/** A counter against the rows in the same snapshot. */
export function checkCounter(counter: CounterRecord, rows: RestockSum): Finding[] {
  const { restocks, units, lastMovement } = counter;
  const counted = { restocks, units, sequence: lastMovement?.sequence ?? 0 };
  const expected = textOfSum(rows);
  const found = textOfSum(counted);
  if (expected === found) return [];
  const documents = [`restock_counters/${counter._id}`, `products/${counter.productId}`];
  return [{ kind: 'counter-against-rows', documents, expected: `${expected}, by its rows`, found }];
}

const textOfSum = ({ restocks, units, sequence }: RestockSum): string =>
  `${restocks} restocks of ${units} units, the last one with sequence ${sequence}`;
