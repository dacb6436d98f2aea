import { expect, test } from 'vitest';
import { backoffMs } from './keep-running.ts';

test('the wait before a start doubles with each crash in a row, up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 40].map(backoffMs)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
});
