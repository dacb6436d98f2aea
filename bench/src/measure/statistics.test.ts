import { expect, test } from 'vitest';
import { quantile, spread } from './statistics.ts';

test('the median of an even number of values is between the two in the middle', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, least: 1, most: 4 });
  expect(spread([7, 1, 3])).toEqual({ median: 3, least: 1, most: 7 });
});

test('a quantile is one of the values, also the last one', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(3);
  expect(quantile([1, 2, 3, 4], 1)).toBe(4);
  expect(quantile([], 0.5)).toBeNaN();
});
