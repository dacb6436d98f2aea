import { describe, expect, it } from 'vitest';
import { forEachConcurrent } from './concurrency.ts';

async function* numbers(count: number, read: number[] = []): AsyncGenerator<number> {
  for (let n = 0; n < count; n += 1) {
    read.push(n);
    yield await Promise.resolve(n);
  }
}

describe('forEachConcurrent', () => {
  it('works on at most so many values at once, and on all of them', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await forEachConcurrent(numbers(20), 3, async (n) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      done.push(n);
    });
    expect(most).toBe(3);
    expect(done).toHaveLength(20);
  });

  it('reads no further after a failure, and throws it when the work in flight has ended', async () => {
    const read: number[] = [];
    const ended: number[] = [];
    const work = async (n: number) => {
      await new Promise(setImmediate);
      ended.push(n);
      if (n === 1) throw new Error('number 1');
    };
    await expect(forEachConcurrent(numbers(1000, read), 2, work)).rejects.toThrow('number 1');
    expect(read.length).toBeLessThan(10);
    expect(ended.length).toBe(read.length);
  });
});
