import { expect, test } from 'vitest';
import type { Resource } from './resource.ts';
import { type Change, ResourceCache } from './resource-cache.ts';

interface Thing extends Resource {
  readonly colour: string;
}

const thing = (name: string, resourceVersion = '1', colour = 'red'): Thing => ({
  metadata: { namespace: 'shop', name, uid: name, resourceVersion },
  colour,
});

function cacheWithLog() {
  const changes: string[] = [];
  const cache = new ResourceCache<Thing>({
    indexBy: ({ colour }) => colour,
    onChange: ({ key, before, after }: Change<Thing>) => {
      changes.push(
        `${key} ${before?.metadata.resourceVersion ?? '-'} ${after?.metadata.resourceVersion ?? '-'}`,
      );
    },
  });
  return { cache, changes: () => changes.splice(0) };
}

test('the gate opens with the first whole list, not with a first resource', async () => {
  const { cache } = cacheWithLog();
  let open = false;
  const opening = cache.synced.then(() => (open = true));
  cache.set(thing('a'));
  await Promise.resolve();
  expect(open).toBe(false);
  cache.replace([]);
  await opening;
  expect(open).toBe(true);
});

test('a new list tells what came, what changed, and what went unseen with its last state', () => {
  const { cache, changes } = cacheWithLog();
  cache.replace([thing('stays'), thing('changes'), thing('goes', '7')]);
  changes();
  cache.replace([thing('stays'), thing('changes', '2'), thing('comes', '3')]);
  expect(changes()).toEqual(['shop/changes 1 2', 'shop/comes - 3', 'shop/goes 7 -']);
  expect(cache.keys()).toEqual(['shop/stays', 'shop/changes', 'shop/comes']);
});

test('what is told again changes nothing', () => {
  const { cache, changes } = cacheWithLog();
  cache.set(thing('a'));
  cache.set(thing('a'));
  cache.delete(thing('b'));
  expect(changes()).toEqual(['shop/a - 1']);
});

test('resources are found by their index value as it is now', () => {
  const { cache } = cacheWithLog();
  cache.set(thing('a', '1', 'red'));
  cache.set(thing('b', '2', 'red'));
  cache.set(thing('a', '3', 'blue'));
  expect(cache.keysBy('red')).toEqual(['shop/b']);
  expect(cache.keysBy('blue')).toEqual(['shop/a']);
  cache.delete(thing('a'));
  expect(cache.keysBy('blue')).toEqual([]);
});

test('a listener that throws is reported, and stops nothing', () => {
  const errors: unknown[] = [];
  const cache = new ResourceCache<Thing>({
    onChange: () => {
      throw new Error('bug');
    },
    onError: (error) => errors.push(error),
  });
  cache.replace([thing('a'), thing('b')]);
  expect(cache.size).toBe(2);
  expect(errors).toHaveLength(2);
});

test('what this process has written is known at once, told nobody, and not told again by the watch', () => {
  const { cache, changes } = cacheWithLog();
  const before = thing('a', '1', 'red');
  cache.set(before);
  changes();
  const after = thing('a', '2', 'blue');
  cache.advance(before, after);
  expect(cache.get('shop/a')).toBe(after);
  expect([cache.keysBy('red'), cache.keysBy('blue')]).toEqual([[], ['shop/a']]);
  cache.set(thing('a', '2', 'blue'));
  expect(changes()).toEqual([]);
});

test('what this process has written upon an older state does not hide what the watch has told since', () => {
  const { cache } = cacheWithLog();
  const before = thing('a', '1');
  cache.set(before);
  cache.set(thing('a', '3', 'blue'));
  cache.advance(before, thing('a', '2'));
  expect(cache.get('shop/a')?.metadata.resourceVersion).toBe('3');
  cache.delete(thing('a', '4'));
  cache.advance(before, thing('a', '2'));
  expect(cache.get('shop/a')).toBeUndefined();
});
