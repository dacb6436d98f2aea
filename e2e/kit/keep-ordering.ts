import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Order, Product } from './rest.ts';
import type { Person, Shop } from './shop.ts';

export interface OrderLoad {
  /** The ids of accepted orders so far. */
  readonly placed: ReadonlySet<string>;
  /** Ends the load once each order under way has its answer. */
  readonly stop: () => Promise<ReadonlySet<string>>;
}

/**
 * Places orders of one unit, a few at once, as a good client does: whatever has no clear answer is repeated with its key.
 * Fails in `stop` when an answer is neither an acceptance, a refusal for want of stock, nor a passing failure.
 */
export function keepOrdering(shop: Shop, person: Person, product: Product, atOnce = 4): OrderLoad {
  const end = new AbortController();
  const placed = new Set<string>();
  const json = { items: [{ product_id: product.id, quantity: 1 }] };

  async function placeOne(key: string): Promise<void> {
    for (;;) {
      const answer = await shop
        .send<Order & { order_id?: string }>('/api/orders', { token: person.token, key, json })
        .catch(() => undefined);
      const status = answer?.status ?? 503;
      if (answer && (status === 201 || status === 202)) {
        placed.add(answer.body.id);
        return;
      }
      if (answer && status === 409) {
        // With an id it was accepted, and refused by its decision.
        if (answer.body.order_id !== undefined) placed.add(answer.body.order_id);
        return;
      }
      if (status !== 503 && status !== 504) {
        throw new Error(`an order was answered ${status}: ${JSON.stringify(answer?.body)}`);
      }
      await delay(100);
    }
  }

  const workers = Array.from({ length: atOnce }, async () => {
    while (!end.signal.aborted) {
      await placeOne(randomUUID());
      await delay(20);
    }
  });
  const finished = Promise.all(workers);
  // Told by stop.
  finished.catch(() => undefined);
  return {
    placed,
    stop: async () => {
      end.abort();
      await finished;
      return placed;
    },
  };
}
