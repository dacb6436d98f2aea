import { invalid } from '@tradewind/shared/errors';
import { isText } from '@tradewind/shared/text';
import { LedgerDraft } from '../domain/ledger.ts';
import {
  countRestock,
  decideRestock,
  type RestockChange,
  type RestockCounter,
  type RestockDecision,
  type RestockIntent,
} from '../domain/restock.ts';
import type { Level, Movement } from '../domain/stock.ts';
import { checkReason, type Change } from './change-stock.ts';

/** What is written in one transaction: nothing, unless the outcome is ANSWERED. */
export interface RestockPlan {
  readonly outcome: RestockDecision['outcome'];
  /** After it; undefined when the source has answered no trigger. */
  readonly counter: RestockCounter | undefined;
  readonly ledger: LedgerDraft;
}

export interface RestockDeps {
  readonly store: {
    /** Reads, plans and writes in one transaction; plans again when another transaction was first. */
    restock: (
      source: string,
      productId: string,
      plan: (counter: RestockCounter | undefined, levels: ReadonlyMap<string, Level>) => RestockPlan,
    ) => Promise<RestockPlan>;
    /** Those of the counters that are there, in no particular order. */
    restockCounters: (sources: readonly string[]) => Promise<RestockCounter[]>;
  };
  readonly tell: (productIds: Iterable<string>) => void;
}

export interface RestockCommand extends Omit<RestockIntent, 'change'> {
  /** Whose source it is: the same source of two callers is two. */
  readonly caller: string;
  readonly change: Change;
  readonly reason: string;
}

export interface RestockAnswer extends Omit<RestockPlan, 'ledger'> {
  readonly movement: Movement | undefined;
  /** Units, after it. */
  readonly onHand: number;
}

export interface Restocks {
  /** Answers a trigger at most once, however often and from how many sides it is asked. */
  restock: (command: RestockCommand) => Promise<RestockAnswer>;
  /** What a caller's sources have done; those that answered no trigger are left out. */
  counters: (caller: string, sources: readonly string[]) => Promise<RestockCounter[]>;
}

const maxSources = 100;

export function restocks({ store, tell }: RestockDeps): Restocks {
  return {
    async restock({ caller, reason, change, ...asked }) {
      const source = scoped(caller, asked.source, 'intent.source');
      checkIntent(asked);
      checkReason(reason);
      const intent = { ...asked, source, change: restockChange(change) };
      const at = new Date();
      const { ledger, ...answer } = await store.restock(source, intent.productId, (counter, levels) =>
        planRestock(intent, counter, new LedgerDraft(levels, at), { reason, at }),
      );
      const movement = ledger.movements[0];
      if (movement) tell([intent.productId]);
      return { ...answer, movement, onHand: ledger.level(intent.productId)?.onHand ?? 0 };
    },

    async counters(caller, sources) {
      const count = sources.length;
      if (count < 1 || count > maxSources) throw invalid('sources', `must be 1 to ${maxSources}`);
      return await store.restockCounters(
        sources.map((source, index) => scoped(caller, source, `sources[${index}]`)),
      );
    },
  };
}

function planRestock(
  intent: RestockIntent,
  counter: RestockCounter | undefined,
  ledger: LedgerDraft,
  { reason, at }: { readonly reason: string; readonly at: Date },
): RestockPlan {
  const { productId, source } = intent;
  const decision = decideRestock(intent, counter, ledger.level(productId));
  const { outcome } = decision;
  if (decision.outcome !== 'ANSWERED') return { outcome, counter, ledger };
  // The row tells which of the source's triggers it answers.
  const trigger = `${source}#${(counter?.triggers ?? 0) + 1}`;
  const { quantity } = decision;
  const movement =
    quantity === 0
      ? undefined
      : ledger.book({ productId, kind: 'RESTOCK', source: trigger, quantity, reason });
  return { outcome, counter: countRestock(intent, counter, movement, at), ledger };
}

function scoped(caller: string, source: string, field: string): string {
  if (source === '' || source.length > 200 || !isText(source)) {
    throw invalid(field, 'must be 1 to 200 characters, none of them a control character');
  }
  return `${caller}/${source}`;
}

function restockChange({ kind, units }: Change): RestockChange {
  if (kind === 'set to') throw invalid('set_to', 'does not go with an intent: use delta or up_to');
  if (units < 1) throw invalid(kind.replace(' ', '_'), 'must be 1 or more with an intent');
  return { kind, units };
}

function checkIntent({ trigger, ...limits }: Omit<RestockCommand, 'caller' | 'change' | 'reason'>): void {
  if (trigger.kind === 'number' && trigger.number < 1) throw invalid('intent.number', 'must be 1 or more');
  if (trigger.kind === 'instant' && Number.isNaN(trigger.instant.getTime())) {
    throw invalid('intent.instant', 'is not a point in time');
  }
  const { onlyIfBelow: only_if_below, maxRestocks: max_restocks, maxUnits: max_units } = limits;
  for (const [name, limit] of Object.entries({ only_if_below, max_restocks, max_units })) {
    if (limit !== undefined && limit < 1) throw invalid(`intent.${name}`, 'must be 1 or more');
  }
}
