import { LedgerDraft } from './ledger.ts';
import {
  maxLineQuantity,
  maxLines,
  mergeLines,
  shortagesOf,
  type Level,
  type Line,
  type Shortage,
} from './stock.ts';
import { isId } from './id.ts';

/** One for each order, for ever. */
export type DecisionState = 'RESERVED' | 'REJECTED' | 'CANCELLED' | 'RELEASED';

export interface Decision {
  readonly orderId: string;
  readonly state: DecisionState;
  readonly lines: readonly Line[];
  readonly shortages: readonly Shortage[];
  /** Why an order could never be decided; empty otherwise. */
  readonly reason: string;
}

/** What the order service asks for: the order's lines, or that it holds nothing any more. */
export type OrderCommand =
  | { readonly kind: 'reserve'; readonly orderId: string; readonly lines: readonly Line[] }
  | { readonly kind: 'release'; readonly orderId: string };

export interface DecisionPlan {
  /** Every order's decision after the batch. */
  readonly outcome: ReadonlyMap<string, Decision>;
  /** The orders that had none before. */
  readonly decided: readonly Decision[];
  /** The orders that go from RESERVED to RELEASED. */
  readonly released: readonly Decision[];
  readonly ledger: LedgerDraft;
}

/** One command an order: a cancellation in the batch wins, wherever it stands, because nothing undoes it. */
export function foldByOrder(commands: readonly OrderCommand[]): OrderCommand[] {
  const folded = new Map<string, OrderCommand>();
  for (const command of commands) {
    const earlier = folded.get(command.orderId);
    if (!earlier || command.kind === 'release') folded.set(command.orderId, command);
  }
  return [...folded.values()];
}

/** The products whose stock deciding may change, each once: a command that has its effect already moves none. */
export function productsMoved(
  commands: readonly OrderCommand[],
  known: ReadonlyMap<string, Decision>,
): string[] {
  const lines = commands.flatMap((command) => {
    const present = known.get(command.orderId);
    if (command.kind === 'reserve') return present ? [] : command.lines;
    return present?.state === 'RESERVED' ? present.lines : [];
  });
  return [...new Set(lines.map(({ productId }) => productId))];
}

/**
 * Decides orders in turn on the levels given: every line of an order or none. A decision that is there already stands;
 * only RESERVED can change, into RELEASED, and then the units come back.
 */
export function decide(
  commands: readonly OrderCommand[],
  known: ReadonlyMap<string, Decision>,
  levels: ReadonlyMap<string, Level>,
  at: Date,
): DecisionPlan {
  const ledger = new LedgerDraft(levels, at);
  const outcome = new Map<string, Decision>();
  const decided: Decision[] = [];
  const released: Decision[] = [];
  for (const command of foldByOrder(commands)) {
    const present = known.get(command.orderId);
    let decision = present;
    if (!present) {
      decision = command.kind === 'release' ? bare(command.orderId, 'CANCELLED') : reserve(command, ledger);
      decided.push(decision);
    } else if (command.kind === 'release' && present.state === 'RESERVED') {
      decision = release(present, ledger);
      released.push(decision);
    }
    if (decision) outcome.set(command.orderId, decision);
  }
  return { outcome, decided, released, ledger };
}

function reserve(command: OrderCommand & { kind: 'reserve' }, ledger: LedgerDraft): Decision {
  const { orderId } = command;
  const flaw = flawOf(command.lines);
  if (flaw !== undefined) return { ...bare(orderId, 'REJECTED'), reason: flaw };
  const lines = mergeLines(command.lines);
  const shortages = shortagesOf(lines, (productId) => ledger.level(productId));
  if (shortages.length > 0) return { ...bare(orderId, 'REJECTED'), lines, shortages };
  for (const { productId, quantity } of lines) {
    ledger.book({ productId, kind: 'ORDER', source: orderId, quantity: -quantity, reason: '' });
  }
  return { ...bare(orderId, 'RESERVED'), lines };
}

function release(decision: Decision, ledger: LedgerDraft): Decision {
  for (const { productId, quantity } of decision.lines) {
    ledger.book({ productId, kind: 'RELEASE', source: decision.orderId, quantity, reason: '' });
  }
  return { ...decision, state: 'RELEASED' };
}

/** Why these lines can never be decided. */
function flawOf(lines: readonly Line[]): string | undefined {
  if (lines.length === 0) return 'the order has no lines';
  if (lines.length > maxLines) return `the order has more than ${maxLines} lines`;
  const wrong = lines.find(
    ({ productId, quantity }) =>
      !isId(productId) || !Number.isInteger(quantity) || quantity < 1 || quantity > maxLineQuantity,
  );
  return wrong && `a line asks for ${wrong.quantity} of ${JSON.stringify(wrong.productId.slice(0, 128))}`;
}

const bare = (orderId: string, state: DecisionState): Decision => ({
  orderId,
  state,
  lines: [],
  shortages: [],
  reason: '',
});
