import type { Product } from '@tradewind/proto/inventory/v1/inventory';
import type { RestockSpec } from '@tradewind/restock-controller/parts/product-restock.ts';

export type TriggerKind = 'immediate' | 'threshold' | 'schedule' | 'reference';

/** A ProductRestock that somebody has applied, on a product that is its alone, and what its triggers ask for. */
export interface Order {
  readonly name: string;
  readonly kind: TriggerKind;
  readonly spec: Partial<RestockSpec>;
  readonly product: Product;
  /** How often its trigger has come, which is how many movements there must be. */
  triggers: number;
  /** Units that were taken away by others. */
  taken: number;
}

interface Kind {
  readonly initialStock: number;
  readonly spec: Partial<RestockSpec>;
  /** What one trigger adds. */
  readonly units: number;
  /** How often the trigger has come when the resource is applied. */
  readonly triggers: number;
  /** What a resource says when there is nothing more to do. */
  readonly phase: 'Finished' | 'Waiting';
}

export const below = 20;

export const kinds: Readonly<Record<TriggerKind, Kind>> = {
  immediate: {
    ...{ initialStock: 5, units: 10, triggers: 1, phase: 'Finished' },
    spec: { quantity: 10 },
  },
  threshold: {
    ...{ initialStock: below + 9, units: 10, triggers: 0, phase: 'Waiting' },
    spec: { quantity: 10, trigger: { threshold: { below } } },
  },
  schedule: {
    ...{ initialStock: 5, units: 10, triggers: 1, phase: 'Waiting' },
    spec: { upTo: 15, trigger: { schedule: { cron: '0 * * * *', timeZone: 'Etc/UTC' } } },
  },
  reference: {
    ...{ initialStock: 5, units: 10, triggers: 1, phase: 'Finished' },
    spec: { quantity: 10 },
  },
};

/** So many units bring a threshold's product just below it, when it has what its kind begins with or a restock leaves. */
export const fall = 10;
