import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resync } from './resync.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('in each period every key comes once, and never many at a time', () => {
  const all = Array.from({ length: 25 }, (_, n) => `key-${n}`);
  const added: string[] = [];
  const running = resync(
    () => all,
    (key) => added.push(key),
    10_000,
  );
  for (let second = 1; second <= 10; second++) {
    const before = added.length;
    vi.advanceTimersByTime(1000);
    expect(added.length - before).toBeLessThanOrEqual(3);
  }
  expect(added).toEqual(all);
  all.push('late');
  vi.advanceTimersByTime(20_000);
  expect(added.filter((key) => key === 'key-0')).toHaveLength(3);
  expect(added).toContain('late');
  running[Symbol.dispose]();
});

test('nothing comes after its end', () => {
  const add = vi.fn();
  resync(() => ['a'], add, 1000)[Symbol.dispose]();
  vi.advanceTimersByTime(5000);
  expect(add).not.toHaveBeenCalled();
});
