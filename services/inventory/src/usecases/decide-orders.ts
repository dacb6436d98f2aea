import {
  decide,
  foldByOrder,
  productsMoved,
  type Decision,
  type DecisionPlan,
  type OrderCommand,
} from '../domain/decision.ts';
import { maxLines, type Level } from '../domain/stock.ts';

export interface DecideOrdersDeps {
  readonly store: {
    /** How many lines each of these orders holds now; those that hold none are left out. */
    linesHeld: (orderIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
    /**
     * Reads, plans and writes in one transaction; plans again when another transaction was first. Only products that the
     * plan has locked may move.
     */
    decideOrders: (
      orderIds: readonly string[],
      plan: (
        decisions: ReadonlyMap<string, Decision>,
        lock: (productIds: readonly string[]) => Promise<ReadonlyMap<string, Level>>,
      ) => Promise<DecisionPlan>,
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
    const folded = foldByOrder(commands);
    const held = await store.linesHeld(idsOf(folded.filter(({ kind }) => kind === 'release')));
    for (const part of parts(folded, held)) {
      const plan = await store.decideOrders(idsOf(part), async (known, lock) =>
        decide(part, known, await lock(productsMoved(part, known)), new Date()),
      );
      tell(plan.ledger.movements.map(({ productId }) => productId));
      await answer([...plan.outcome.values()]);
    }
  };
}

const idsOf = (commands: readonly OrderCommand[]): string[] => commands.map(({ orderId }) => orderId);

/** Each command writes at most its decision and a row a line; a release writes as many as the reservation did. */
function parts(commands: readonly OrderCommand[], held: ReadonlyMap<string, number>): OrderCommand[][] {
  const all: OrderCommand[][] = [];
  let rows = Infinity;
  for (const command of commands) {
    const lines = command.kind === 'reserve' ? command.lines.length : (held.get(command.orderId) ?? 0);
    const needs = 1 + Math.min(lines, maxLines);
    if (rows + needs > maxRows) {
      all.push([]);
      rows = 0;
    }
    all.at(-1)?.push(command);
    rows += needs;
  }
  return all;
}
