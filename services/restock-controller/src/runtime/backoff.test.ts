import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

test('the wait doubles from 0.8 s to 30 s with each failure in a row', () => {
  const backoff = new Backoff({ random: () => 0 });
  expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([
    800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
  ]);
  backoff.reset();
  expect(backoff.next()).toBe(800);
});

test('up to as much again comes at random, so that clients do not come back together', () => {
  const backoff = new Backoff({ random: () => 0.5 });
  expect([backoff.next(), backoff.next()]).toEqual([1200, 2400]);
});

test('what the server asked for is waited at least', () => {
  expect(new Backoff({ random: () => 0.5 }).next(7000)).toBe(7400);
});

test('after two minutes without a failure it begins anew', () => {
  let now = 0;
  const backoff = new Backoff({ random: () => 0, now: () => now });
  backoff.next();
  backoff.next();
  now += 120_001;
  expect(backoff.next()).toBe(800);
});
