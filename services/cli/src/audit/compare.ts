import { demands } from './check-order.ts';
import { textOfLines, type DecisionRecord, type OrderRecord } from './documents.ts';
import type { Finding } from './finding.ts';

export interface Pair {
  readonly id: string;
  readonly order: OrderRecord | undefined;
  readonly decision: DecisionRecord | undefined;
}

/** How an order stands to its decision; a wait is no difference as long as the order still asks for an answer. */
export type Comparison = 'agree' | 'waits' | Finding;

const none = 'none';

export function compare({ id, order, decision }: Pair): Comparison {
  if (!order) {
    const expected = 'an order for this decision';
    const documents = [`decisions/${id}`];
    return {
      kind: 'decision-without-order',
      documents,
      expected,
      found: `${decision?.state ?? none}, no order`,
    };
  }
  const state = decision?.state ?? none;
  if (isWaiting(order, state)) return 'waits';
  const expected = statesFor(order);
  if (!expected.includes(state)) return difference(order, state, expected);
  return decision ? compareLines(order, decision) : 'agree';
}

function isWaiting(order: OrderRecord, state: string): boolean {
  if (order.status === 'PENDING') return state === none;
  return (
    order.status === 'CANCELLED' && [none, 'RESERVED'].includes(state) && demands(order, 'order.cancelled')
  );
}

/** The decisions that an order in this state, with this log, may have when nothing is under way. */
function statesFor({ status, actions }: OrderRecord): readonly string[] {
  const had = (action: string) => actions.some((entry) => entry.action === action);
  switch (status) {
    case 'PENDING':
      return [none];
    case 'CONFIRMED':
    case 'COMPLETED':
      return ['RESERVED'];
    default:
      if (had('REJECTED')) return ['REJECTED'];
      return had('CONFIRMED') ? ['RELEASED'] : ['RELEASED', 'REJECTED', 'CANCELLED'];
  }
}

function difference(order: OrderRecord, state: string, expected: readonly string[]): Finding {
  const missing = state === none;
  return {
    kind: missing ? 'order-without-decision' : 'order-against-decision',
    documents: [`orders/${order._id}`, ...(missing ? [] : [`decisions/${order._id}`])],
    expected: `decision ${expected.join(' or ')} for ${order.status}`,
    found: `decision ${state}`,
  };
}

function compareLines(order: OrderRecord, { _id, state, lines, reason }: DecisionRecord): Comparison {
  // A cancellation that came first never saw the lines; what could not be decided has none.
  if (state === 'CANCELLED' || reason !== '') return 'agree';
  const expected = textOfLines(order.items);
  const found = textOfLines(lines);
  if (expected === found) return 'agree';
  return { kind: 'order-lines', documents: [`orders/${_id}`, `decisions/${_id}`], expected, found };
}
