import { expect, test, vi } from 'vitest';
import { product } from '../tests/fixtures.ts';
import { createProductCache } from './product-cache.ts';

/** A catalogue whose answers are given by hand. */
function slowCatalogue() {
  const asked: ((versions: { version: number; levelVersion: number }) => void)[] = [];
  const read = (id: string) =>
    new Promise<ReturnType<typeof product>>((resolve) => {
      asked.push((versions) => {
        resolve(product({ id, ...versions }));
      });
    });
  return { asked, read };
}

function countingCatalogue(versions: { version: number; levelVersion: number }) {
  const read = vi.fn((id: string) => Promise.resolve(product({ id, ...versions })));
  const cache = createProductCache(read);
  cache.resume();
  return { read, cache, versions };
}

test('answers from memory for five seconds after the read began, and not longer', async () => {
  let now = 1000;
  const read = vi.fn(() => {
    now += 100;
    return Promise.resolve(product());
  });
  const cache = createProductCache(read, () => now);
  cache.resume();
  await cache.get('p1');
  now += 4_890;
  await cache.get('p1');
  expect(read).toHaveBeenCalledTimes(1);
  now += 20;
  await cache.get('p1');
  expect(read).toHaveBeenCalledTimes(2);
});

test('requests that come while a read is under way share it', async () => {
  const { asked, read } = slowCatalogue();
  const cache = createProductCache(read);
  cache.resume();
  const both = [cache.get('p1'), cache.get('p1')];
  expect(asked).toHaveLength(1);
  asked[0]?.({ version: 1, levelVersion: 1 });
  const [one, other] = await Promise.all(both);
  expect(one).toBe(other);
});

test('a failed read is not kept', async () => {
  const read = vi.fn(() => Promise.reject(new Error('away')));
  const cache = createProductCache(read);
  cache.resume();
  await expect(cache.get('p1')).rejects.toThrow('away');
  await expect(cache.get('p1')).rejects.toThrow('away');
  expect(read).toHaveBeenCalledTimes(2);
});

test.each([
  ['product', { version: 2 }],
  ['level', { level: 2 }],
  ['tombstone', {}],
])('a newer %s drops the answer', async (_, reached) => {
  const { read, cache } = countingCatalogue({ version: 1, levelVersion: 1 });
  await cache.get('p1');
  cache.changed('p1', reached);
  await cache.get('p1');
  expect(read).toHaveBeenCalledTimes(2);
});

test('news that the answer has already drops nothing', async () => {
  const { read, cache } = countingCatalogue({ version: 3, levelVersion: 7 });
  await cache.get('p1');
  cache.changed('p1', { version: 3 });
  cache.changed('p1', { level: 6 });
  await cache.get('p1');
  expect(read).toHaveBeenCalledTimes(1);
});

test('an answer below the last change is given on but not kept', async () => {
  const { read, cache } = countingCatalogue({ version: 1, levelVersion: 1 });
  cache.changed('p1', { level: 2 });
  expect((await cache.get('p1')).level).toBe(1);
  await cache.get('p1');
  expect(read).toHaveBeenCalledTimes(2);
});

test('a request after a change does not share a read from before it', async () => {
  const { asked, read } = slowCatalogue();
  const cache = createProductCache(read);
  cache.resume();
  const before = cache.get('p1');
  cache.changed('p1', { version: 2 });
  const after = cache.get('p1');
  expect(asked).toHaveLength(2);
  asked[1]?.({ version: 2, levelVersion: 1 });
  asked[0]?.({ version: 1, levelVersion: 1 });
  expect([(await before).version, (await after).version]).toEqual([1, 2]);
  expect((await cache.get('p1')).version).toBe(2);
});

test('keeps nothing while changes may be missed, nor what was read before the gap', async () => {
  const { asked, read } = slowCatalogue();
  const cache = createProductCache(read);
  cache.resume();
  const across = cache.get('p1');
  cache.suspend();
  const during = cache.get('p1');
  cache.resume();
  for (const answer of asked) answer({ version: 1, levelVersion: 1 });
  await Promise.all([across, during]);
  const after = cache.get('p1');
  expect(asked).toHaveLength(3);
  asked[2]?.({ version: 2, levelVersion: 1 });
  expect((await after).version).toBe(2);
});
