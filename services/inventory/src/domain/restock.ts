import { invalid, TradewindError } from '@tradewind/shared/errors';
import { maxOnHand, type Level, type Movement } from './stock.ts';

/** Units to add, or the level to fill up to. */
export interface RestockChange {
  readonly kind: 'delta' | 'up to';
  readonly units: number;
}

/** Which of a source's triggers is to be answered: the only one, one later than the last, or the next one. */
export type RestockTrigger =
  | { readonly kind: 'once' }
  | { readonly kind: 'instant'; readonly instant: Date }
  | { readonly kind: 'number'; readonly number: number };

export interface RestockIntent {
  /** Who asks, and whose counter it is. */
  readonly source: string;
  readonly productId: string;
  readonly change: RestockChange;
  readonly trigger: RestockTrigger;
  /** Units on hand from which on nothing is done. */
  readonly onlyIfBelow: number | undefined;
  /** How many movements, and how many units, the source may make in all. */
  readonly maxRestocks: number | undefined;
  readonly maxUnits: number | undefined;
}

/** What a source has done. Product, change and kind of trigger are those of its first intent, and stay. */
export interface RestockCounter {
  readonly source: string;
  readonly productId: string;
  readonly change: RestockChange;
  readonly trigger: RestockTrigger['kind'];
  /** Movements. */
  readonly restocks: number;
  /** Triggers that were answered; more than `restocks` where a level was reached already. */
  readonly triggers: number;
  readonly units: number;
  readonly lastInstant?: Date;
  /** When the last trigger was answered. */
  readonly lastAt: Date;
  readonly lastMovement?: Movement;
}

export type RestockDecision =
  /** By so many units; zero where the level was reached already. */
  | { readonly outcome: 'ANSWERED'; readonly quantity: number }
  | { readonly outcome: 'ANSWERED_BEFORE' | 'NOT_BELOW' | 'LIMIT_REACHED' };

/**
 * Decides an intent on the source's counter and the product's level, both read in the transaction that writes them.
 *
 * @throws TradewindError IDEMPOTENCY_KEY_REUSED for another source's intent, NOT_FOUND for a product that is unknown or
 *   archived, INVALID_ARGUMENT above what a level can hold
 */
export function decideRestock(
  intent: RestockIntent,
  counter: RestockCounter | undefined,
  level: Level | undefined,
): RestockDecision {
  if (counter) checkSame(intent, counter);
  if (!level) throw noProduct(intent);
  if (!isNext(intent.trigger, counter)) return { outcome: 'ANSWERED_BEFORE' };
  // After what was answered before: a repeat learns that it was done, whatever became of the product.
  if (level.archived) throw noProduct(intent);
  const room = roomOf(intent, counter);
  if (room < 1) return { outcome: 'LIMIT_REACHED' };
  if (intent.onlyIfBelow !== undefined && level.onHand >= intent.onlyIfBelow) return { outcome: 'NOT_BELOW' };
  const { kind, units } = intent.change;
  if (kind === 'up to') {
    return { outcome: 'ANSWERED', quantity: Math.min(Math.max(0, units - level.onHand), room) };
  }
  if (units > room) return { outcome: 'LIMIT_REACHED' };
  if (level.onHand + units > maxOnHand) {
    throw invalid('delta', `must leave at most ${maxOnHand} on hand; there are ${level.onHand}`);
  }
  return { outcome: 'ANSWERED', quantity: units };
}

/** The counter after an intent was answered, by a movement or by none. */
export function countRestock(
  { source, productId, change, trigger }: RestockIntent,
  counter: RestockCounter | undefined,
  movement: Movement | undefined,
  at: Date,
): RestockCounter {
  const { restocks, triggers, units } = counter ?? { restocks: 0, triggers: 0, units: 0 };
  const lastMovement = movement ?? counter?.lastMovement;
  return {
    ...{ source, productId, change, trigger: trigger.kind },
    restocks: restocks + (movement ? 1 : 0),
    triggers: triggers + 1,
    units: units + (movement?.quantity ?? 0),
    ...(trigger.kind === 'instant' && { lastInstant: trigger.instant }),
    lastAt: at,
    ...(lastMovement && { lastMovement }),
  };
}

function checkSame({ productId, change, trigger }: RestockIntent, counter: RestockCounter): void {
  const same =
    productId === counter.productId &&
    change.kind === counter.change.kind &&
    change.units === counter.change.units &&
    trigger.kind === counter.trigger;
  if (same) return;
  throw new TradewindError('IDEMPOTENCY_KEY_REUSED', 'this source restocked something else before');
}

function isNext(trigger: RestockTrigger, counter: RestockCounter | undefined): boolean {
  switch (trigger.kind) {
    case 'once':
      return counter === undefined;
    case 'instant':
      return counter?.lastInstant === undefined || trigger.instant > counter.lastInstant;
    case 'number':
      return trigger.number === (counter?.triggers ?? 0) + 1;
  }
}

/** How many units the limits leave. */
function roomOf({ maxRestocks, maxUnits }: RestockIntent, counter: RestockCounter | undefined): number {
  const { restocks, units } = counter ?? { restocks: 0, units: 0 };
  if (maxRestocks !== undefined && restocks >= maxRestocks) return 0;
  return maxUnits === undefined ? Infinity : maxUnits - units;
}

const noProduct = ({ productId }: RestockIntent) =>
  new TradewindError('NOT_FOUND', `there is no product ${productId}`);
