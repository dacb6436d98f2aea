import { describe, expect, it } from 'vitest';
import { mockOrder } from './mock-order.ts';
import { openLoop } from './open-loop.ts';
import { seededRandom } from './random.ts';

const { signal } = new AbortController();

describe('mockOrder', () => {
  const products = ['a', 'b', 'c', 'd'];
  const orders = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => mockOrder(products, random));
  };

  it('makes the same orders from the same seed', () => {
    expect(orders(42)).toEqual(orders(42));
    expect(orders(42)).not.toEqual(orders(43));
  });

  it('orders different products, one to three units of each', () => {
    for (const lines of orders(7)) {
      expect(new Set(lines.map((line) => line.product_id)).size).toBe(lines.length);
      expect(lines.every(({ quantity }) => quantity >= 1 && quantity <= 3)).toBe(true);
    }
  });

  it('is content with a single product', () => {
    expect(mockOrder(['a'], seededRandom(1))).toHaveLength(1);
  });
});

describe('openLoop', () => {
  it('keeps its pace while nothing answers, and ends when all has ended', async () => {
    const ends: (() => void)[] = [];
    const work = () =>
      new Promise<void>((resolve) => {
        ends.push(resolve);
        if (ends.length === 20)
          ends.forEach((end) => {
            end();
          });
      });
    const started = performance.now();
    await openLoop(work, { rate: 200, count: 20, signal });
    expect(ends).toHaveLength(20);
    expect(performance.now() - started).toBeGreaterThan(90);
  });

  it('starts as many as the rate gives in the duration', async () => {
    let count = 0;
    const work = () => {
      count += 1;
      return Promise.resolve();
    };
    await openLoop(work, { rate: 100, duration: 0.1, signal });
    expect(count).toBe(10);
  });

  it('starts nothing more once it is told to stop', async () => {
    const stop = new AbortController();
    let count = 0;
    const work = () => {
      count += 1;
      if (count === 3) stop.abort();
      return Promise.resolve();
    };
    await openLoop(work, { rate: 1000, signal: stop.signal });
    expect(count).toBe(3);
  });
});
