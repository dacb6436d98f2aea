import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('a wait becomes no longer than it may, and is over soon after the last of many', () => {
  let now = 0;
  const bucket = new TokenBucket(10, 100, { mostMs: 30_000, now: () => now });
  for (let n = 0; n < 12_000; n++) bucket.reserve();
  expect(bucket.reserve()).toBe(30_000);
  now += 30_100;
  expect(bucket.reserve()).toBe(0);
});
