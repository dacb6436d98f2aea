import { isDeepStrictEqual } from 'node:util';
import type { RestockSpec } from './product-restock.ts';
import { readSchedule, type Schedule } from './schedule.ts';

/** What inventory has counted for a source: a resource, or the reference that several resources in turn may have. */
export interface Counter {
  /** What the source's first intent was for; inventory refuses others. */
  readonly of: {
    readonly productId: string;
    readonly amount: Amount;
    readonly trigger: Intent['trigger']['kind'];
  };
  /** Movements that were made. */
  readonly restocks: number;
  /** Triggers that were answered; more than `restocks` where a level was reached already. */
  readonly triggers: number;
  readonly units: number;
  /** The scheduled instant that was answered last. */
  readonly lastInstant?: Date | undefined;
  /** When the last trigger was answered. */
  readonly lastAt: Date;
  readonly lastMovement?: LastMovement | undefined;
}

export interface LastMovement {
  /** Product id and its place in the product's ledger. */
  readonly id: string;
  readonly units: number;
  /** On hand after it. */
  readonly balance: number;
  readonly at: Date;
}

/** What is known when a plan is made. */
export interface Observed {
  /** When the resource was created. */
  readonly created: Date;
  /** Undefined when no product has the SKU. */
  readonly product?: { readonly id: string; readonly onHand: number; readonly archived: boolean } | undefined;
  /** Undefined while no trigger was answered. */
  readonly counter?: Counter | undefined;
  /** Since when the status says that there is nothing more to do. Losing it only puts off the end of a time to live. */
  readonly finished?: Date | undefined;
}

/** Units to add, or the level to fill up to. */
export type Amount = { readonly quantity: number } | { readonly upTo: number };

/** What inventory is asked for. It decides in the ledger's transaction, by its own counter and level. */
export interface Intent {
  /** Which trigger this is, of all that the source has: a repeat says the same. */
  readonly trigger:
    | { readonly kind: 'immediate' }
    | { readonly kind: 'schedule'; readonly instant: Date }
    | { readonly kind: 'threshold'; readonly number: number; readonly below: number };
  readonly amount: Amount;
  readonly limits: { readonly maxRestocks?: number; readonly maxUnits?: number };
  readonly reason: string;
}

export type StallReason =
  'InvalidSchedule' | 'NeverDue' | 'ProductNotFound' | 'ProductArchived' | 'ReferenceReused' | 'Refused';

/** What is to be done with a resource now. */
export type Plan =
  | { readonly kind: 'restock'; readonly intent: Intent }
  /** Nothing, until the next instant of the schedule or, without one, until the stock changes. */
  | { readonly kind: 'wait'; readonly until?: Date }
  | { readonly kind: 'suspended' }
  | {
      readonly kind: 'finished';
      readonly why: 'Restocked' | 'MaxRestocksReached' | 'MaxUnitsReached';
      /** Since when there is nothing more to do. */
      readonly since: Date;
      /** When the resource is to be deleted. */
      readonly deleteAt?: Date;
    }
  | Stalled;

/** Nothing can be done before somebody changes something. */
export interface Stalled {
  readonly kind: 'stalled';
  readonly why: StallReason;
  readonly message: string;
}

/**
 * Decides what is to be done, from nothing but what it is given. It may be made twice from the same old state: what it
 * asks for is the same then, and inventory answers a repeated trigger with what it did the first time.
 */
export function plan(spec: RestockSpec, observed: Observed, now: Date): Plan {
  const { counter, product } = observed;
  if (counter !== undefined && !isCounterOf(spec, product?.id, counter)) {
    return stalled('ReferenceReused', referenceReused);
  }
  const end = finished(spec, observed, now);
  if (end !== undefined) return end;
  if (spec.suspend) return { kind: 'suspended' };
  if (product === undefined) {
    return stalled('ProductNotFound', `There is no product with the SKU ${spec.sku} yet`);
  }
  if (product.archived) {
    return stalled('ProductArchived', productArchived(spec.sku));
  }
  const { schedule, threshold } = spec.trigger;
  if (schedule !== undefined) return planSchedule(spec, schedule, observed, now);
  if (threshold !== undefined) return planThreshold(spec, threshold.below, product.onHand, counter);
  return restock(spec, { kind: 'immediate' });
}

/** A reference may have been that of another product, amount or kind of trigger. */
function isCounterOf(spec: RestockSpec, productId: string | undefined, { of }: Counter): boolean {
  return (
    isDeepStrictEqual(of.amount, amountOf(spec)) &&
    of.trigger === kindOf(spec) &&
    (productId === undefined || of.productId === productId)
  );
}

function kindOf({ trigger }: RestockSpec): Intent['trigger']['kind'] {
  if (trigger.schedule !== undefined) return 'schedule';
  return trigger.threshold === undefined ? 'immediate' : 'threshold';
}

function finished(spec: RestockSpec, { counter, created, finished }: Observed, now: Date): Plan | undefined {
  if (counter === undefined) return undefined;
  const why = whyFinished(spec, counter);
  if (why === undefined) return undefined;
  // One that was created anew, with a reference that was restocked before, has its time too; and so has one whose limit
  // was lowered long after its last restock.
  const answered = later(counter.lastAt, created);
  const since = why === 'Restocked' ? answered : later(answered, finished ?? now);
  const { ttlSecondsAfterFinished: ttl, reference } = spec;
  if (ttl === undefined || reference === undefined) return { kind: 'finished', why, since };
  return { kind: 'finished', why, since, deleteAt: new Date(since.getTime() + ttl * 1000) };
}

const later = (one: Date, other: Date): Date => (one > other ? one : other);

function whyFinished(spec: RestockSpec, counter: Counter) {
  const { maxRestocks, maxUnits } = spec.limits ?? {};
  const { schedule, threshold } = spec.trigger;
  if (schedule === undefined && threshold === undefined) return 'Restocked';
  if (maxRestocks !== undefined && counter.restocks >= maxRestocks) return 'MaxRestocksReached';
  // The units of a fill are not known beforehand; one at least.
  const next = spec.quantity ?? 1;
  if (maxUnits !== undefined && counter.units + next > maxUnits) return 'MaxUnitsReached';
  return undefined;
}

function planSchedule(
  spec: RestockSpec,
  { cron, timeZone }: { readonly cron: string; readonly timeZone: string },
  { created, counter }: Observed,
  now: Date,
): Plan {
  let schedule: Schedule;
  try {
    schedule = readSchedule(cron, timeZone);
  } catch (error) {
    return stalled('InvalidSchedule', String(error));
  }
  // Of the runs that were missed, the last one counts for all.
  const due = schedule.last(now);
  const answered = later(counter?.lastInstant ?? created, created);
  if (due !== undefined && due > answered) return restock(spec, { kind: 'schedule', instant: due });
  const until = schedule.next(now);
  return until === undefined
    ? stalled('NeverDue', `The schedule "${cron}" names a date that never comes`)
    : { kind: 'wait', until };
}

function planThreshold(spec: RestockSpec, below: number, onHand: number, counter: Counter | undefined): Plan {
  if (onHand >= below) return { kind: 'wait' };
  return restock(spec, { kind: 'threshold', number: (counter?.triggers ?? 0) + 1, below });
}

function restock(spec: RestockSpec, trigger: Intent['trigger']): Plan {
  return {
    kind: 'restock',
    intent: { trigger, amount: amountOf(spec), limits: spec.limits ?? {}, reason: spec.reason ?? '' },
  };
}

const amountOf = ({ quantity = 0, upTo }: RestockSpec): Amount =>
  upTo === undefined ? { quantity } : { upTo };

export const productArchived = (sku: string) => `The product ${sku} is archived, and takes no restocks`;

export const referenceReused =
  'The reference was used for another product, amount or kind of trigger: create a ProductRestock with another one';

const stalled = (why: StallReason, message: string): Stalled => ({ kind: 'stalled', why, message });
