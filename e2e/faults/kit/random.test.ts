import { expect, test } from 'vitest';
import { random } from './random.ts';

const draws = (seed: number) => {
  const dice = random(seed);
  return Array.from({ length: 1_000 }, () => dice.below(10));
};

test('the same seed gives the same numbers, another seed gives others', () => {
  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
});

test('every number below the limit comes up, and no other', () => {
  expect([...new Set(draws(1))].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
