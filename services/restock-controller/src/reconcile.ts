import type { Inventory } from './inventory-client.ts';
import type { ProductRestock, RestockStatus } from './product-restock.ts';
import type { Outcome } from './runtime/controller.ts';
import type { EventRecord } from './runtime/event-correlator.ts';
import type { StatusWriter } from './runtime/status-writer.ts';
import { settle, type Settled } from './settle.ts';
import { statusOf, statusWithoutInventory } from './status.ts';
import { storyOf } from './story.ts';

export interface ReconcileOptions {
  /** The resource as it was last seen; undefined when there is none. */
  readonly find: (key: string) => ProductRestock | undefined;
  readonly inventory: Inventory;
  readonly status: Pick<StatusWriter<RestockStatus, ProductRestock>, 'write'>;
  /** Told of each status that was written: what the resource was, and what it is now. */
  readonly advance: (before: ProductRestock, after: ProductRestock) => void;
  readonly tell: (resource: ProductRestock, event: EventRecord) => void;
  /** Deletes it, if it is still as it was seen. @returns whether it did */
  readonly remove: (resource: ProductRestock, signal: AbortSignal) => Promise<boolean>;
  /** How long a key has done nothing but fail, in milliseconds. */
  readonly failingMs: (key: string) => number;
  readonly now: () => Date;
}

/** Inventory may be away for so long before resources say so: a restart of it is nobody's concern. */
const patienceMs = 5_000;

/** Brings a resource to where its spec wants it: loads, plans, acts, says so in the status, and says when to come again. */
export function reconciler(
  options: ReconcileOptions,
): (key: string, signal: AbortSignal) => Promise<Outcome> {
  const { advance, find, failingMs, inventory, now, remove, status, tell } = options;

  /** @returns the resource as it is now */
  async function report(
    resource: ProductRestock,
    next: RestockStatus,
    signal: AbortSignal,
    countedBefore = false,
  ): Promise<ProductRestock> {
    const written = await status.write(resource, next, signal);
    if (written === undefined) return resource;
    advance(resource, written);
    for (const event of storyOf(resource, next, countedBefore)) tell(resource, event);
    return written;
  }

  async function end(resource: ProductRestock, deleteAt: Date, signal: AbortSignal): Promise<Outcome> {
    const againInMs = deleteAt.getTime() - now().getTime();
    if (againInMs > 0) return { againInMs };
    if (await remove(resource, signal)) {
      const message = `Deleted, ttlSecondsAfterFinished (${resource.spec.ttlSecondsAfterFinished ?? 0}) after it finished`;
      tell(resource, { type: 'Normal', reason: 'Deleted', message });
    }
    return {};
  }

  return async (key, signal) => {
    const resource = find(key);
    if (resource === undefined || resource.metadata.deletionTimestamp !== undefined) return {};
    let known: Settled;
    try {
      known = await settle(resource, inventory, now, signal);
    } catch (error) {
      if (!signal.aborted && failingMs(key) >= patienceMs) {
        const why = error instanceof Error ? error.message : String(error);
        await report(resource, statusWithoutInventory(resource, why, now()), signal);
      }
      throw error;
    }
    const current = await report(resource, statusOf(resource, known, now()), signal, known.countedBefore);
    switch (known.plan.kind) {
      case 'restock':
        return { againInMs: 0 };
      case 'wait':
        return known.plan.until === undefined
          ? {}
          : { againInMs: known.plan.until.getTime() - now().getTime() };
      case 'finished':
        return known.plan.deleteAt === undefined ? {} : await end(current, known.plan.deleteAt, signal);
      case 'suspended':
      case 'stalled':
        return {};
    }
  };
}
