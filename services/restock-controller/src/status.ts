import type { Counter, Plan } from './plan.ts';
import type { ProductRestock, RestockSpec, RestockStatus } from './product-restock.ts';
import { inSeconds, type NewCondition, withTransitions } from './runtime/conditions.ts';

/** What is known of a resource after a look at it. */
export interface Known {
  readonly plan: Plan;
  /** What counts for this resource; undefined when nothing does. */
  readonly counter: Counter | undefined;
}

/** The status that says it. It depends on nothing that changes while the resource rests, so that it is seldom written. */
export function statusOf(resource: ProductRestock, { plan, counter }: Known, now: Date): RestockStatus {
  const last = counter?.lastMovement;
  return {
    ...common(resource, readiness(resource.spec, plan, counter), now),
    phase: phases[plan.kind],
    restocks: counter?.restocks ?? 0,
    unitsAdded: counter?.units ?? 0,
    lastRestockTime: last && inSeconds(last.at),
    lastMovementId: last?.id,
    stockAfter: last?.balance,
    nextRestockTime: plan.kind === 'wait' && plan.until ? inSeconds(plan.until) : undefined,
    finishedTime: plan.kind === 'finished' ? inSeconds(plan.since) : undefined,
  };
}

/**
 * The status while inventory cannot be asked: what was known before, and that it may be out of date. What was known of
 * an older spec are the counts only.
 */
export function statusWithoutInventory(resource: ProductRestock, why: string, now: Date): RestockStatus {
  const message = `Inventory cannot be asked right now, and is tried again: ${why}`;
  const readiness = {
    status: 'False',
    reason: 'InventoryUnavailable',
    message,
    also: 'Reconciling',
  } as const;
  const { metadata, status } = resource;
  return {
    ...{ phase: 'Pending', ...status },
    ...(status?.observedGeneration === metadata.generation ? {} : unasked),
    ...common(resource, readiness, now),
  };
}

const unasked = { phase: 'Pending', nextRestockTime: undefined, finishedTime: undefined } as const;

const phases: Readonly<Record<Plan['kind'], RestockStatus['phase']>> = {
  restock: 'Waiting',
  wait: 'Waiting',
  suspended: 'Suspended',
  finished: 'Finished',
  stalled: 'Stalled',
};

interface Readiness extends Pick<NewCondition, 'status' | 'reason' | 'message'> {
  /** The condition by which tools know why it is not ready: it goes on by itself, or somebody must act. */
  readonly also?: 'Reconciling' | 'Stalled';
}

function common({ metadata: { generation }, spec, status }: ProductRestock, ready: Readiness, now: Date) {
  const condition = (type: string, status: NewCondition['status']): NewCondition => ({
    ...{ type, status, reason: ready.reason, message: ready.message },
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  });
  const conditions = [
    condition('Ready', ready.status),
    ...(ready.also === undefined ? [] : [condition(ready.also, 'True')]),
  ];
  return {
    observedGeneration: generation,
    trigger: triggerInWords(spec),
    quantity: spec.upTo === undefined ? String(spec.quantity ?? 0) : `up to ${spec.upTo}`,
    conditions: withTransitions(conditions, status?.conditions ?? [], now),
  };
}

function triggerInWords({ trigger: { schedule, threshold } }: RestockSpec): string {
  if (schedule !== undefined) return `${schedule.cron} ${schedule.timeZone}`;
  return threshold === undefined ? 'immediate' : `below ${threshold.below}`;
}

function readiness(spec: RestockSpec, plan: Plan, counter: Counter | undefined): Readiness {
  switch (plan.kind) {
    case 'restock':
      return {
        ...{ status: 'False', reason: 'Restocking', message: 'Another restock is due', also: 'Reconciling' },
      };
    case 'wait':
      return { status: 'True', reason: 'Waiting', message: waitingFor(spec, plan.until) };
    case 'suspended':
      return { status: 'False', reason: 'Suspended', message: 'Restocks nothing until suspend is false' };
    case 'finished': {
      const end = plan.deleteAt === undefined ? '' : `; to be deleted at ${inSeconds(plan.deleteAt)}`;
      return { status: 'True', reason: plan.why, message: whatWasDone(spec, plan.why, counter) + end };
    }
    case 'stalled':
      return { status: 'False', reason: plan.why, message: plan.message, also: 'Stalled' };
  }
}

function waitingFor({ trigger: { threshold } }: RestockSpec, until: Date | undefined): string {
  if (until !== undefined) return `The next restock is at ${inSeconds(until)}`;
  return `Restocks when fewer than ${threshold?.below ?? 0} units are on hand`;
}

function whatWasDone(
  { limits, upTo }: RestockSpec,
  why: 'Restocked' | 'MaxRestocksReached' | 'MaxUnitsReached',
  counter: Counter | undefined,
): string {
  const { restocks, units } = counter ?? { restocks: 0, units: 0 };
  switch (why) {
    case 'Restocked':
      return restocks > 0
        ? `Added ${units} units`
        : `Added nothing, because ${upTo ?? 0} units or more were on hand already`;
    case 'MaxRestocksReached':
      return `There were ${restocks} restocks, and limits.maxRestocks is ${limits?.maxRestocks ?? 0}`;
    case 'MaxUnitsReached':
      return `${units} units were added, and limits.maxUnits is ${limits?.maxUnits ?? 0}`;
  }
}
