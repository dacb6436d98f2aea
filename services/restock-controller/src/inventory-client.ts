import {
  type AdjustStockRequest,
  type InventoryServiceServer,
  type ProductServiceServer,
  RestockOutcome,
  type RestockCounter,
  RestockTrigger,
  type RestockIntent,
} from '@tradewind/proto/inventory/v1/inventory';
import { together } from '@tradewind/shared/batching';
import type { GrpcClient } from '@tradewind/shared/grpc';
import type { Counter, Intent } from './plan.ts';

export interface Product {
  readonly id: string;
  /** Units. */
  readonly onHand: number;
  readonly archived: boolean;
}

export interface RestockAnswer {
  /** True when the trigger was answered now; then `counter` counts it. */
  readonly answered: boolean;
  readonly onHand: number;
  readonly counter: Counter | undefined;
}

/** Inventory, as far as restocking needs it. Everything may throw a TradewindError. */
export interface Inventory {
  readonly product: (sku: string) => Promise<Product | undefined>;
  readonly counter: (source: string) => Promise<Counter | undefined>;
  readonly restock: (
    source: string,
    productId: string,
    intent: Intent,
    signal: AbortSignal,
  ) => Promise<RestockAnswer>;
}

/** As many as one call takes. */
const maxWeight = 100;

/** Look-ups of concurrent reconciles share calls. */
export function inventoryClient(
  products: Pick<GrpcClient<ProductServiceServer>, 'getProducts'>,
  stock: Pick<GrpcClient<InventoryServiceServer>, 'adjustStock' | 'getRestockCounters'>,
): Inventory {
  async function findProducts(skus: readonly string[]): Promise<(Product | undefined)[]> {
    const found = await products.getProducts({ ids: [], skus: [...new Set(skus)] });
    const bySku = new Map(found.products.map((product) => [product.sku, product]));
    return skus.map((sku) => bySku.get(sku));
  }

  async function findCounters(sources: readonly string[]): Promise<(Counter | undefined)[]> {
    const { counters } = await stock.getRestockCounters({ sources: [...new Set(sources)] });
    const bySource = new Map(counters.map((counter) => [counter.source, toCounter(counter)]));
    return sources.map((source) => bySource.get(source));
  }

  return {
    product: together(findProducts, { maxWeight }),
    counter: together(findCounters, { maxWeight }),
    async restock(source, productId, intent, signal) {
      const answer = await stock.adjustStock(toRequest(source, productId, intent), { signal });
      return {
        answered: answer.outcome === RestockOutcome.ANSWERED,
        onHand: answer.onHand,
        counter: answer.counter && toCounter(answer.counter),
      };
    },
  };
}

function toRequest(source: string, productId: string, intent: Intent): AdjustStockRequest {
  const { amount, limits, reason, trigger } = intent;
  return {
    idempotencyKey: '',
    productId,
    change:
      'upTo' in amount ? { $case: 'upTo', value: amount.upTo } : { $case: 'delta', value: amount.quantity },
    reason,
    intent: {
      source,
      trigger: toTrigger(trigger),
      onlyIfBelow: trigger.kind === 'threshold' ? trigger.below : undefined,
      ...limits,
    },
  };
}

function toTrigger(trigger: Intent['trigger']): RestockIntent['trigger'] {
  switch (trigger.kind) {
    case 'immediate':
      return { $case: 'once', value: {} };
    case 'schedule':
      return { $case: 'instant', value: trigger.instant };
    case 'threshold':
      return { $case: 'number', value: trigger.number };
  }
}

function toCounter({ change, lastMovement: last, trigger, ...counter }: RestockCounter): Counter {
  const units = change?.value ?? 0;
  return {
    of: {
      productId: counter.productId,
      amount: change?.$case === 'upTo' ? { upTo: units } : { quantity: units },
      trigger: triggerKind(trigger),
    },
    restocks: counter.restocks,
    triggers: counter.triggers,
    units: counter.units,
    lastInstant: counter.lastInstant,
    lastAt: counter.lastAt ?? new Date(0),
    lastMovement: last && {
      id: `${last.productId}:${last.sequence}`,
      units: last.quantity,
      balance: last.balance,
      at: last.at ?? new Date(0),
    },
  };
}

function triggerKind(trigger: RestockTrigger): Intent['trigger']['kind'] {
  if (trigger === RestockTrigger.INSTANT) return 'schedule';
  return trigger === RestockTrigger.NUMBER ? 'threshold' : 'immediate';
}
