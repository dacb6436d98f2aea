import { expect, test } from 'vitest';
import { untilFirst } from './until-first.ts';

test('what is changed by others in between is read and written again', async () => {
  let attempts = 0;
  const write = () => Promise.resolve((attempts += 1) < 5 ? undefined : 'written');
  expect([await untilFirst(write), attempts]).toEqual(['written', 5]);
});

test('who is never first is told to come back, instead of going on for ever', async () => {
  let attempts = 0;
  const write = () => {
    attempts += 1;
    return Promise.resolve(undefined);
  };
  await expect(untilFirst(write)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 1_000 });
  expect(attempts).toBe(20);
});
