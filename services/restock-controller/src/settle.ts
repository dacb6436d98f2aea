import type { Inventory, RestockAnswer } from './inventory-client.ts';
import { type Observed, type Plan, plan, type Stalled } from './plan.ts';
import type { ProductRestock } from './product-restock.ts';
import { stallOf } from './refusals.ts';
import type { Known } from './status.ts';

export interface Settled extends Known {
  /** Whether inventory had counted for it before this look. */
  readonly countedBefore: boolean;
}

/** Inventory knows better than a plan when somebody else was faster, which hardly happens twice in a row. */
const mostAttempts = 5;

/**
 * Looks at what inventory knows of a resource, and asks it for the one restock that is due, if any.
 *
 * @returns what is known then; its plan is another restock when that is due already
 * @throws what inventory throws that may be tried again
 */
export async function settle(
  resource: ProductRestock,
  inventory: Inventory,
  now: () => Date,
  signal: AbortSignal,
): Promise<Settled> {
  const { spec } = resource;
  const source = sourceOf(resource);
  const [product, counter] = await Promise.all([inventory.product(spec.sku), inventory.counter(source)]);
  let observed: Observed = {
    created: createdAt(resource),
    product,
    counter,
    finished: finishedAt(resource),
  };
  const settled = (plan: Plan): Settled => ({
    plan,
    counter: isAnothers(plan) ? undefined : observed.counter,
    countedBefore: counter !== undefined,
  });
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const next = plan(spec, observed, now());
    if (next.kind !== 'restock' || product === undefined) return settled(next);
    signal.throwIfAborted();
    const answer = await orStall(inventory.restock(source, product.id, next.intent, signal), spec.sku);
    if ('kind' in answer) return settled(answer);
    observed = {
      ...observed,
      product: { ...product, onHand: answer.onHand },
      counter: answer.counter,
    };
    if (answer.answered) return settled(plan(spec, observed, now()));
  }
  throw new Error(`inventory answered ${mostAttempts} plans otherwise than they said`);
}

async function orStall(answer: Promise<RestockAnswer>, sku: string): Promise<RestockAnswer | Stalled> {
  try {
    return await answer;
  } catch (error) {
    const stalled = stallOf(error, sku);
    if (stalled === undefined) throw error;
    return stalled;
  }
}

/** Whose counter it is in inventory. */
function sourceOf({ metadata: { namespace = '', uid }, spec: { reference } }: ProductRestock): string {
  return reference === undefined ? `uid:${uid}` : `ref:${namespace}/${reference}`;
}

const createdAt = ({ metadata: { creationTimestamp } }: ProductRestock): Date =>
  new Date(creationTimestamp ?? 0);

const finishedAt = ({ status }: ProductRestock): Date | undefined =>
  status?.finishedTime === undefined ? undefined : new Date(status.finishedTime);

/** What another resource has restocked under the same reference is not shown as this one's. */
const isAnothers = (plan: Plan): boolean => plan.kind === 'stalled' && plan.why === 'ReferenceReused';
