import { expect, test } from 'vitest';
import { asTheyEnd } from './as-they-end.ts';

const collect = async <T>(groups: AsyncIterable<T>) => await Array.fromAsync(groups);

test('what ends together comes together, in groups that are not too large', async () => {
  const works = [1, 2, 3, 4, 5].map((value) => Promise.resolve(value));
  expect(await collect(asTheyEnd(works, 2))).toEqual([[1, 2], [3, 4], [5]]);
});

test('what takes long holds nobody up', async () => {
  const slow = Promise.withResolvers<string>();
  const groups = asTheyEnd([slow.promise, Promise.resolve('quick')], 10);
  expect(await groups.next()).toEqual({ done: false, value: ['quick'] });
  slow.resolve('slow');
  expect(await collect(groups)).toEqual([['slow']]);
});

test('what ends while a group is taken comes in the next one', async () => {
  const later = Promise.withResolvers<string>();
  const groups = asTheyEnd([Promise.resolve('first'), Promise.resolve('second'), later.promise], 1);
  expect(await groups.next()).toMatchObject({ value: ['first'] });
  later.resolve('third');
  expect(await collect(groups)).toEqual([['second'], ['third']]);
});

test('of no works there are no groups', async () => {
  expect(await collect(asTheyEnd([], 5))).toEqual([]);
});
