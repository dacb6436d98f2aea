import { textOfLines, type DecisionRecord, type Line, type RowRecord } from './documents.ts';
import type { Finding } from './finding.ts';

/** A ledger row of an order against the decision in the same snapshot: nothing moves for an order but its decision's lines. */
export function checkRow(row: RowRecord, decision: DecisionRecord | undefined): Finding[] {
  if (!decision) {
    const documents = [`movements/${row._id}`, `decisions/${row.source}`];
    return [{ kind: 'row-without-decision', documents, expected: 'a decision', found: text(row) }];
  }
  const expected = rowsOf(decision, row.kind).filter(({ productId }) => productId === row.productId);
  if (expected.length > 0 && textOfLines(expected) === textOfLines([row])) return [];
  return [
    {
      kind: 'row-against-decision',
      documents: [`movements/${row._id}`, `decisions/${decision._id}`],
      expected: `${row.kind} of ${textOfLines(expected)}, by a decision that is ${decision.state}`,
      found: text(row),
    },
  ];
}

/** Whether each line of a decision has its rows; `rows` are those of the decision's products and order. */
export function checkDecision(
  decision: DecisionRecord,
  rows: readonly Pick<RowRecord, 'productId' | 'kind'>[],
): Finding[] {
  const present = new Set(rows.map(({ productId, kind }) => `${kind} ${productId}`));
  return ['ORDER', 'RELEASE'].flatMap((kind) => {
    const missing = rowsOf(decision, kind).filter(({ productId }) => !present.has(`${kind} ${productId}`));
    if (missing.length === 0) return [];
    return [
      {
        kind: 'decision-without-row' as const,
        documents: [`decisions/${decision._id}`],
        expected: `${kind} of ${textOfLines(missing)}, by a decision that is ${decision.state}`,
        found: 'no such row',
      },
    ];
  });
}

/** What the ledger must hold of a kind for this decision. */
function rowsOf({ state, lines }: DecisionRecord, kind: string): readonly Line[] {
  if (kind === 'ORDER' && (state === 'RESERVED' || state === 'RELEASED')) {
    return lines.map(({ productId, quantity }) => ({ productId, quantity: -quantity }));
  }
  return kind === 'RELEASE' && state === 'RELEASED' ? lines : [];
}

const text = ({ kind, ...row }: RowRecord): string => `${kind} of ${textOfLines([row])}`;
