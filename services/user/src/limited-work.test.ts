import { expect, test } from 'vitest';
import { limitedWork } from './limited-work.ts';

const { signal } = new AbortController();

test('runs as many at once as it may, and the others in their order', async () => {
  const run = limitedWork({ concurrency: 2, queue: 10 });
  const started: number[] = [];
  const works = [0, 1, 2, 3].map((name) => ({ name, ...Promise.withResolvers<undefined>() }));
  const done = works.map(({ name, promise }) =>
    run(() => {
      started.push(name);
      return promise;
    }, signal),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  works[1]?.resolve(undefined);
  await done[1];
  await expect.poll(() => started).toEqual([0, 1, 2]);
  for (const { resolve } of works) resolve(undefined);
  await Promise.all(done);
  expect(started).toEqual([0, 1, 2, 3]);
});

test('refuses what the queue has no room for, with a time to come back', async () => {
  const run = limitedWork({ concurrency: 1, queue: 1 });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const first = run(() => promise, signal);
  const second = run(() => promise, signal);
  await expect(run(() => promise, signal)).rejects.toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    retryAfterMs: 2000,
  });
  resolve(undefined);
  await Promise.all([first, second]);
  await expect(run(() => Promise.resolve('again'), signal)).resolves.toBe('again');
});

test('who leaves makes room in the queue and never runs', async () => {
  const run = limitedWork({ concurrency: 1, queue: 1 });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const first = run(() => promise, signal);
  const leaving = new AbortController();
  const left = run(() => Promise.reject(new Error('ran')), leaving.signal);
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  const next = run(() => Promise.resolve('next'), signal);
  resolve(undefined);
  await expect(next).resolves.toBe('next');
  await first;
});

test('work that fails gives its place back', async () => {
  const run = limitedWork({ concurrency: 1, queue: 0 });
  await expect(run(() => Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  await expect(run(() => Promise.resolve('fine'), signal)).resolves.toBe('fine');
});
