import { TradewindError } from '@tradewind/shared/errors';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from './api-error.ts';
import { type ControllerOptions, type Outcome, runController } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start(reconcile: ControllerOptions['reconcile'], workers = 2) {
  const queue = new WorkQueue();
  const ending = new AbortController();
  const results: string[] = [];
  const errors: string[] = [];
  const running = runController({
    ...{ queue, workers, reconcile, ending: ending.signal, signal: new AbortController().signal },
    onError: (error, key) => errors.push(`${key}: ${String(error)}`),
    onResult: (result) => results.push(result),
  });
  return { queue, ending, results, errors, running };
}

test('what fails is tried again, later with each failure, until it succeeds', async () => {
  let failures = 3;
  const { queue, results, errors, running } = start(() => {
    if (failures-- > 0) return Promise.reject(new Error('not yet'));
    return Promise.resolve({});
  });
  queue.add('a');
  await vi.advanceTimersByTimeAsync(5 + 10 + 20);
  expect(results).toEqual(['error', 'error', 'error', 'success']);
  expect(errors[0]).toBe('a: Error: not yet');
  expect(queue.failures('a')).toBe(0);
  await queue.drain();
  await running;
});

test.each([
  ['the API server', new ApiError(429, {}, 7_000)],
  ['inventory', new TradewindError('UNAVAILABLE', 'too many calls at once', { retryAfterMs: 7_000 })],
])('what %s refuses for a time is left alone for so long', async (_, refused) => {
  const refusals = [refused];
  const { queue, results, running } = start(() => {
    const refusal = refusals.shift();
    return refusal === undefined ? Promise.resolve({}) : Promise.reject(refusal);
  });
  queue.add('a');
  await vi.advanceTimersByTimeAsync(6_999);
  expect(results).toEqual(['error']);
  await vi.advanceTimersByTimeAsync(1);
  expect(results).toEqual(['error', 'success']);
  await queue.drain();
  await running;
});

test('what wants to be looked at again is, at its time', async () => {
  const outcomes: Outcome[] = [{ againInMs: 60_000 }, {}];
  const { queue, results, running } = start(() => Promise.resolve(outcomes.shift() ?? {}));
  queue.add('a');
  await vi.advanceTimersByTimeAsync(59_999);
  expect(results).toEqual(['requeue_after']);
  await vi.advanceTimersByTimeAsync(1);
  expect(results).toEqual(['requeue_after', 'success']);
  await queue.drain();
  await running;
});

test('as many keys are in work at once as there are workers', async () => {
  const ends: (() => void)[] = [];
  const { queue, running } = start(async () => {
    await new Promise<void>((resolve) => ends.push(resolve));
    return {};
  });
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(2);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(3);
  const drained = queue.drain();
  for (const end of ends) end();
  await drained;
  await running;
});

test('a reconcile that throws before it returns a promise is a failure like any other', async () => {
  const { queue, results, running } = start(() => {
    throw new Error('bug');
  });
  queue.add('a');
  await vi.advanceTimersByTimeAsync(0);
  expect(results).toEqual(['error']);
  await queue.drain();
  await running;
});

test('at its end it finishes what is in work, and leaves what waits', async () => {
  const ends: (() => void)[] = [];
  const { queue, ending, results, running } = start(async () => {
    await new Promise<void>((resolve) => ends.push(resolve));
    return {};
  }, 1);
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await vi.advanceTimersByTimeAsync(0);
  ending.abort();
  ends[0]?.();
  await running;
  expect(ends).toHaveLength(1);
  expect(results).toEqual(['success']);
});
