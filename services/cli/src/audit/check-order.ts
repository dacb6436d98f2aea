import type { OrderRecord } from './documents.ts';
import type { Finding } from './finding.ts';

/** What an order's document says by itself: the log leads to the state, the items make the total, a wait is a demand. */
export function checkOrder(order: OrderRecord): Finding[] {
  const documents = [`orders/${order._id}`];
  const findings: Finding[] = [];
  const log = order.actions.map(({ action }) => action);
  const state = follow(log);
  if (state !== order.status) {
    const expected = state === undefined ? 'a log that the states allow' : `${state}, by its log`;
    findings.push({
      kind: 'order-log',
      documents,
      expected,
      found: `${order.status} after ${log.join(', ')}`,
    });
  }
  const total = order.items.reduce((sum, item) => sum + product(item), 0n);
  if (total !== integer(order.total.amount)) {
    const found = `total ${order.total.amount}`;
    findings.push({ kind: 'order-total', documents, expected: `total ${total}, by its items`, found });
  }
  if (order.status === 'PENDING' && !demands(order, 'order.created')) {
    const expected = 'that it owes order.created until it is decided';
    findings.push({ kind: 'order-not-asked', documents, expected, found: 'PENDING, and nobody is asked' });
  }
  return findings;
}

/** Whether the order asks inventory for this until its effect is known. */
export const demands = ({ owed = [] }: OrderRecord, type: string): boolean =>
  owed.some((event) => event.type === type && event.until === 'effect');

/** Events that should have been published, or answered, before `bound`; or that no sweeper will ever find. */
export function stuckEvents({ _id, owed = [], owedAt }: OrderRecord, bound: Date): Finding[] {
  return owed
    .filter(({ time }) => time < bound || !owedAt)
    .map(({ id, type, until, time }) => ({
      kind: 'event-stuck',
      documents: [`orders/${_id}`, `event/${id}`],
      expected: until === 'effect' ? `an answer to ${type}` : `that ${type} is published`,
      found: owedAt
        ? `owed since ${time.toISOString()}, next attempt ${owedAt.toISOString()}`
        : `owed since ${time.toISOString()}, and never attempted again`,
    }));
}

const steps: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { PLACED: 'PENDING' },
  PENDING: { UPDATED: 'PENDING', CONFIRMED: 'CONFIRMED', REJECTED: 'CANCELLED', CANCELLED: 'CANCELLED' },
  CONFIRMED: { COMPLETED: 'COMPLETED', CANCELLED: 'CANCELLED' },
};

const follow = (log: readonly string[]): string | undefined =>
  log.reduce<string | undefined>(
    (state, action) => (state === undefined ? undefined : steps[state]?.[action]),
    '',
  );

/** In BigInt, since a wrong amount may be anything. */
const product = ({
  quantity,
  unitPrice,
}: {
  readonly quantity: number;
  readonly unitPrice: number;
}): bigint => (integer(quantity) ?? 0n) * (integer(unitPrice) ?? 0n);

const integer = (value: number): bigint | undefined => (Number.isInteger(value) ? BigInt(value) : undefined);
