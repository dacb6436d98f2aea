import type { RestockSpec } from './product-restock.ts';
import { readSchedule, type Schedule } from './schedule.ts';

/** What inventory has counted for a source: a resource, or the reference that several resources in turn may have. */
export interface Counter {
  /** Movements that were made. */
  readonly restocks: number;
  /** Triggers that were answered; more than `restocks` where a level was reached already. */
  readonly triggers: number;
  readonly units: number;
  /** The scheduled instant that was answered last. */
  readonly lastInstant?: Date;
  /** When the last trigger was answered. */
  readonly lastAt: Date;
}

/** What is known when a plan is made. */
export interface Observed {
  /** When the resource was created. */
  readonly created: Date;
  /** Undefined while no trigger was answered. */
  readonly counter?: Counter;
  /** Units; undefined while no level of the product was heard of. */
  readonly onHand?: number;
}

/** What inventory is asked for. It decides in the ledger's transaction, by its own counter and level. */
export interface Intent {
  /** Which trigger this is, of all that the source has: a repeat says the same. */
  readonly trigger:
    | { readonly kind: 'immediate' }
    | { readonly kind: 'schedule'; readonly instant: Date }
    | { readonly kind: 'threshold'; readonly number: number; readonly below: number };
  readonly amount: { readonly quantity: number } | { readonly upTo: number };
  readonly limits: { readonly maxRestocks?: number; readonly maxUnits?: number };
  readonly reason: string;
}

/** What is to be done with a resource now. */
export type Plan =
  | { readonly kind: 'restock'; readonly intent: Intent }
  /** Nothing, until the next instant of the schedule or, without one, until the stock changes. */
  | { readonly kind: 'wait'; readonly until?: Date }
  | { readonly kind: 'suspended' }
  | {
      readonly kind: 'finished';
      readonly why: 'Restocked' | 'MaxRestocksReached' | 'MaxUnitsReached';
      /** When the resource is to be deleted. */
      readonly deleteAt?: Date;
    }
  /** Nothing can be done before somebody changes the resource. */
  | { readonly kind: 'stalled'; readonly why: 'InvalidSchedule' | 'NeverDue'; readonly message: string };

/**
 * Decides what is to be done, from nothing but what it is given. It may be made twice from the same old state: what it
 * asks for is the same then, and inventory answers a repeated trigger with what it did the first time.
 */
export function plan(spec: RestockSpec, observed: Observed, now: Date): Plan {
  const why = finished(spec, observed.counter);
  if (why !== undefined) return { kind: 'finished', why, ...deletion(spec, observed.counter) };
  if (spec.suspend) return { kind: 'suspended' };
  const { schedule, threshold } = spec.trigger;
  if (schedule !== undefined) return planSchedule(spec, schedule, observed, now);
  if (threshold !== undefined) return planThreshold(spec, threshold.below, observed);
  return restock(spec, { kind: 'immediate' });
}

function finished(spec: RestockSpec, counter: Counter | undefined) {
  if (counter === undefined) return undefined;
  const { maxRestocks, maxUnits } = spec.limits ?? {};
  const { schedule, threshold } = spec.trigger;
  if (schedule === undefined && threshold === undefined) return 'Restocked';
  if (maxRestocks !== undefined && counter.restocks >= maxRestocks) return 'MaxRestocksReached';
  // The units of a fill are not known beforehand; one at least.
  const next = spec.quantity ?? 1;
  if (maxUnits !== undefined && counter.units + next > maxUnits) return 'MaxUnitsReached';
  return undefined;
}

function deletion(spec: RestockSpec, counter: Counter | undefined): { deleteAt?: Date } {
  const { ttlSecondsAfterFinished: ttl, reference } = spec;
  if (ttl === undefined || reference === undefined || counter === undefined) return {};
  return { deleteAt: new Date(counter.lastAt.getTime() + ttl * 1000) };
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
    return { kind: 'stalled', why: 'InvalidSchedule', message: String(error) };
  }
  // Of the runs that were missed, the last one counts for all.
  const due = schedule.last(now);
  const answered = counter?.lastInstant ?? created;
  if (due !== undefined && due > answered) return restock(spec, { kind: 'schedule', instant: due });
  const until = schedule.next(now);
  if (until === undefined) {
    return { kind: 'stalled', why: 'NeverDue', message: `"${cron}" names a date that never comes` };
  }
  return { kind: 'wait', until };
}

function planThreshold(spec: RestockSpec, below: number, { counter, onHand }: Observed): Plan {
  if (onHand === undefined || onHand >= below) return { kind: 'wait' };
  return restock(spec, { kind: 'threshold', number: (counter?.triggers ?? 0) + 1, below });
}

function restock(spec: RestockSpec, trigger: Intent['trigger']): Plan {
  const amount = spec.upTo === undefined ? { quantity: spec.quantity ?? 0 } : { upTo: spec.upTo };
  return {
    kind: 'restock',
    intent: { trigger, amount, limits: spec.limits ?? {}, reason: spec.reason ?? '' },
  };
}
