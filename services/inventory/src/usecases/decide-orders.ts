import {
  decide,
  foldByOrder,
  type Decision,
  type DecisionPlan,
  type OrderCommand,
} from '../domain/decision.ts';
import type { Level } from '../domain/stock.ts';

export interface DecideOrdersDeps {
  readonly store: {
    decideOrders: (
      orderIds: readonly string[],
      productIds: readonly string[],
      plan: (decisions: ReadonlyMap<string, Decision>, levels: ReadonlyMap<string, Level>) => DecisionPlan,
    ) => Promise<DecisionPlan>;
  };
  /** Rings the order service; resolves when the stream has stored the answers. */
  readonly answer: (decisions: readonly Decision[]) => Promise<void>;
  readonly tell: (productIds: Iterable<string>) => void;
}

/** Decides a batch, and answers each order with the decision that the database now has, also for a repeat. */
export type DecideOrders = (commands: readonly OrderCommand[]) => Promise<void>;

/** A transaction holds at most this many rows. */
const maxRows = 1_000;

export function decideOrders({ store, answer, tell }: DecideOrdersDeps): DecideOrders {
  return async (commands) => {
    for (const part of parts(foldByOrder(commands))) {
      const productIds = part.flatMap((command) =>
        command.kind === 'reserve' ? command.lines.map(({ productId }) => productId) : [],
      );
      const plan = await store.decideOrders(
        part.map(({ orderId }) => orderId),
        productIds,
        (known, levels) => decide(part, known, levels, new Date()),
      );
      await answer([...plan.outcome.values()]);
      tell(plan.ledger.movements.map(({ productId }) => productId));
    }
  };
}

/** Each command writes at most its decision and a row a line; a release writes as many as the reservation did. */
function parts(commands: readonly OrderCommand[]): OrderCommand[][] {
  const all: OrderCommand[][] = [];
  let rows = Infinity;
  for (const command of commands) {
    const needs = command.kind === 'reserve' ? 1 + Math.min(command.lines.length, 100) : 10;
    if (rows + needs > maxRows) {
      all.push([]);
      rows = 0;
    }
    all.at(-1)?.push(command);
    rows += needs;
  }
  return all;
}
