import { expect, test } from 'vitest';
import { turns } from './turns.ts';

/** Work that ends when it is told to, and a record of what began. */
function jobs() {
  const begun: string[] = [];
  const inTurn = turns();
  const start = (name: string, ...keys: string[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const result = inTurn(keys, () => {
      begun.push(name);
      return promise;
    });
    return { result, resolve, reject };
  };
  return { begun, start };
}

test('work on one key runs in the order of the calls, and on another beside it', async () => {
  const { begun, start } = jobs();
  const [first, second, other] = [start('first', 'a'), start('second', 'a', 'b'), start('other', 'c')];
  other.resolve('done');
  expect(await other.result).toBe('done');
  expect(begun).toEqual(['first', 'other']);
  first.resolve('');
  await first.result;
  second.resolve('');
  await second.result;
  expect(begun).toEqual(['first', 'other', 'second']);
});

test('work that fails lets the next one go on', async () => {
  const { start } = jobs();
  const [first, second] = [start('first', 'a'), start('second', 'a')];
  first.reject(new Error('failed'));
  second.resolve('done');
  await expect(first.result).rejects.toThrow('failed');
  expect(await second.result).toBe('done');
});

test('work on several keys does not wait in a circle', async () => {
  const { start } = jobs();
  const all = [start('1', 'a', 'b'), start('2', 'b', 'a'), start('3', 'b', 'c'), start('4', 'c', 'a')];
  for (const { resolve } of all) resolve('done');
  expect(await Promise.all(all.map(({ result }) => result))).toHaveLength(4);
});
