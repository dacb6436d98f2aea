import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RetryDelays } from './retry-delays.ts';
import { TokenBucket } from './token-bucket.ts';
import { WorkQueue } from './work-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('keys come in the order of their first addition, each once', async () => {
  const queue = new WorkQueue();
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c']);
  expect(queue.length).toBe(0);
});

test('a key that is added while in work comes again after it, once', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  await queue.take();
  queue.add('a');
  queue.add('a');
  expect(queue.length).toBe(0);
  queue.done('a');
  expect(await queue.take()).toBe('a');
  queue.done('a');
  expect(queue.length).toBe(0);
});

test('of several delays for one key the earliest counts, and the key comes once', async () => {
  const queue = new WorkQueue();
  queue.addAfter('a', 500);
  queue.addAfter('a', 100);
  queue.addAfter('a', 900);
  await vi.advanceTimersByTimeAsync(99);
  expect(queue.length).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(await queue.take()).toBe('a');
  queue.done('a');
  await vi.advanceTimersByTimeAsync(1000);
  expect(queue.length).toBe(0);
});

test('a delay may be longer than the longest timer', async () => {
  const queue = new WorkQueue();
  const fortyDays = 40 * 86_400_000;
  queue.addAfter('a', fortyDays);
  await vi.advanceTimersByTimeAsync(fortyDays - 1);
  expect(queue.length).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(queue.length).toBe(1);
});

test('a closed queue takes nothing, gives out what waits, and has drained when the work has ended', async () => {
  const queue = new WorkQueue();
  queue.add('a');
  queue.add('b');
  queue.addAfter('late', 10);
  expect(await queue.take()).toBe('a');
  let drained = false;
  const draining = queue.drain().then(() => (drained = true));
  queue.add('c');
  queue.done('a');
  expect(await queue.take()).toBe('b');
  expect(await queue.take()).toBeUndefined();
  await vi.advanceTimersByTimeAsync(20);
  expect(drained).toBe(false);
  queue.done('b');
  await draining;
  expect(queue.length).toBe(0);
});

test('closing sends away whoever waits for a key', async () => {
  const queue = new WorkQueue();
  const takers = [queue.take(), queue.take()];
  await queue.drain();
  expect(await Promise.all(takers)).toEqual([undefined, undefined]);
});

test('a listener is told of each addition, take, end and retry once', async () => {
  const told: string[] = [];
  const tell = (what: string) => (key: string) => {
    told.push(`${what} ${key}`);
  };
  const queue = new WorkQueue(new RetryDelays(), {
    ...{ added: tell('added'), taken: tell('taken'), finished: tell('finished'), retried: tell('retried') },
  });
  queue.add('a');
  queue.add('a');
  await queue.take();
  queue.addRateLimited('a');
  queue.done('a');
  expect(told).toEqual(['added a', 'taken a', 'retried a', 'finished a']);
  await vi.advanceTimersByTimeAsync(5);
  expect(told.slice(4)).toEqual(['added a']);
});

describe('retries', () => {
  test('wait 5 ms, doubled with each failure up to 1000 s, until they are forgotten', () => {
    const delays = new RetryDelays(new TokenBucket(1e9, 1e9));
    const first = Array.from({ length: 20 }, () => delays.next('a'));
    expect(first.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(first.slice(-3)).toEqual([655_360, 1_000_000, 1_000_000]);
    expect(delays.next('b')).toBe(5);
    delays.forget('a');
    expect(delays.next('a')).toBe(5);
  });

  test('wait no longer than they may', () => {
    const delays = new RetryDelays(new TokenBucket(1, 1, { now: () => 0 }), 500);
    const waits = Array.from({ length: 20 }, () => delays.next('a'));
    expect(Math.max(...waits)).toBe(500);
  });

  test('tell since when a key has done nothing but fail', () => {
    const delays = new RetryDelays();
    delays.next('a');
    vi.advanceTimersByTime(700);
    delays.next('a');
    vi.advanceTimersByTime(300);
    expect(delays.failingMs('a')).toBe(1000);
    delays.forget('a');
    expect(delays.failingMs('a')).toBe(0);
  });

  test('are ten a second over all keys after a hundred at once', () => {
    const delays = new RetryDelays(new TokenBucket(10, 100, { now: () => 0 }));
    const waits = Array.from({ length: 120 }, (_, n) => delays.next(`key-${n}`));
    expect(waits.slice(0, 100).every((wait) => wait === 5)).toBe(true);
    expect(waits.slice(100, 103)).toEqual([100, 200, 300]);
    expect(waits[119]).toBe(2000);
  });
});

/** A generator of numbers in [0, 1), the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test.each(Array.from({ length: 50 }, (_, seed) => seed))(
  'whatever happens in whatever order, no key is in work twice at once and none is lost (seed %i)',
  async (seed) => {
    const next = random(seed);
    const queue = new WorkQueue(new RetryDelays(new TokenBucket(1e9, 1e9)));
    const inWork = new Set<string>();
    /** Keys whose last addition has not been followed by a take. */
    const owed = new Set<string>();
    const workers = Array.from({ length: 4 }, async () => {
      for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
        expect(inWork.has(key)).toBe(false);
        inWork.add(key);
        owed.delete(key);
        const ms = Math.floor(next() * 20);
        if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
        inWork.delete(key);
        if (next() < 0.2) queue.addRateLimited(key);
        else queue.forget(key);
        queue.done(key);
      }
    });
    for (let step = 0; step < 300; step++) {
      const key = `key-${Math.floor(next() * 12)}`;
      owed.add(key);
      if (next() < 0.7) queue.add(key);
      else queue.addAfter(key, next() * 30);
      if (next() < 0.4) await vi.advanceTimersByTimeAsync(next() * 10);
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect([...owed]).toEqual([]);
    const draining = queue.drain();
    await vi.advanceTimersByTimeAsync(1000);
    await draining;
    await Promise.all(workers);
    expect(inWork.size).toBe(0);
  },
);
