import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CheckStockRequest, CheckStockResponse } from '@tradewind/proto/inventory/v1/inventory';
import type { CallOptions } from '@tradewind/shared/grpc';
import type { Line, Shortage } from '../domain/order.ts';
import { inventoryReader } from './inventory-reader.ts';

const noProducts = { getProducts: () => Promise.reject(new Error('not asked')) };
const { signal } = new AbortController();
const line = (productId: string, quantity: number): Line => ({ productId, quantity });

/** Answers like inventory, for all lines of a call together. */
function stockOf(onHand: Readonly<Record<string, number>>, archived: readonly string[] = []) {
  const calls: CheckStockRequest[] = [];
  const shortageOf = (productId: string, requested: number): Shortage[] => {
    const available = onHand[productId];
    if (available === undefined) return [{ productId, requested, available: 0, reason: 'UNKNOWN_PRODUCT' }];
    if (archived.includes(productId)) return [{ productId, requested, available: 0, reason: 'ARCHIVED' }];
    return available >= requested ? [] : [{ productId, requested, available, reason: 'OUT_OF_STOCK' }];
  };
  const checkStock = (request: CheckStockRequest) => {
    calls.push(request);
    const asked = Map.groupBy(request.lines, ({ productId }) => productId);
    const shortages = [...asked].flatMap(([productId, lines]) =>
      shortageOf(
        productId,
        lines.reduce((sum, { quantity }) => sum + quantity, 0),
      ),
    );
    return Promise.resolve({ shortages });
  };
  return { calls, checkStock };
}

test('a hundred orders for what is short ask once, and each hears of its own shortages', async () => {
  const stock = stockOf({ hot: 50 });
  const { checkStock } = inventoryReader(noProducts, stock, 1_000);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => checkStock([line('hot', index + 1)], signal)),
  );
  expect(answers).toEqual(
    Array.from({ length: 100 }, (_, index) =>
      index < 50 ? [] : [{ productId: 'hot', requested: index + 1, available: 50, reason: 'OUT_OF_STOCK' }],
    ),
  );
  expect(stock.calls).toHaveLength(1);
});

test('an order is short of what nobody can have, and of what all its lines together exceed', async () => {
  const stock = stockOf({ some: 3, plenty: 9, old: 9 }, ['old']);
  const { checkStock } = inventoryReader(noProducts, stock, 1_000);
  const answers = await Promise.all([
    checkStock([line('some', 2), line('plenty', 1), line('some', 2)], signal),
    checkStock([line('some', 3), line('old', 1)], signal),
    checkStock([line('nobody', 2), line('plenty', 8)], signal),
  ]);
  expect(answers).toEqual([
    [{ productId: 'some', requested: 4, available: 3, reason: 'OUT_OF_STOCK' }],
    [{ productId: 'old', requested: 1, available: 0, reason: 'ARCHIVED' }],
    [{ productId: 'nobody', requested: 2, available: 0, reason: 'UNKNOWN_PRODUCT' }],
  ]);
  expect(stock.calls).toHaveLength(1);
});

describe('of orders that fill a call each, two are asked for at once; the others', () => {
  const large = Array.from({ length: 100 }, (_, index) => line(`product ${index}`, 1));

  test('are taken unasked when their time is up before their turn', async () => {
    let calls = 0;
    let hangs = true;
    const stock = {
      checkStock: async (_: CheckStockRequest, { timeoutMs }: CallOptions = {}) => {
        calls += 1;
        if (hangs) await delay(timeoutMs);
        return { shortages: [] };
      },
    };
    const { checkStock } = inventoryReader(noProducts, stock, 20);
    const answers = await Promise.all(Array.from({ length: 40 }, () => checkStock(large, signal)));
    expect(answers.flat()).toEqual([]);
    hangs = false;
    // Its turn is after theirs.
    await checkStock(large, signal);
    expect(calls).toBeLessThanOrEqual(3);
  });

  test('have no turn when their callers have left', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<CheckStockResponse>();
    let calls = 0;
    const stock = {
      checkStock: () => {
        calls += 1;
        return answer;
      },
    };
    const { checkStock } = inventoryReader(noProducts, stock, 20_000);
    const leaving = new AbortController();
    const ask = (count: number, by: AbortSignal) =>
      Promise.allSettled(Array.from({ length: count }, () => checkStock(large, by)));
    const [first, left, last] = [ask(2, signal), ask(5, leaving.signal), ask(1, signal)];
    const reason = new Error('left');
    leaving.abort(reason);
    expect(await left).toEqual(Array.from({ length: 5 }, () => ({ status: 'rejected', reason })));
    resolve({ shortages: [] });
    await Promise.all([first, last]);
    expect(calls).toBe(3);
  });
});
