import { expect, test, vi } from 'vitest';
import { together } from './together.ts';

const double = () => vi.fn((items: readonly number[]) => Promise.resolve(items.map((item) => 2 * item)));

test('callers of one moment share a call, and each gets its own result', async () => {
  const run = double();
  const call = together(run, { maxWeight: 100 });
  expect(await Promise.all([call(1), call(2), call(3)])).toEqual([2, 4, 6]);
  expect(run.mock.calls).toEqual([[[1, 2, 3]]]);
});

test('a batch holds what it may weigh, and at least one item', async () => {
  const run = double();
  const call = together(run, { maxWeight: 5, weigh: (item) => item });
  expect(await Promise.all([call(2), call(3), call(1), call(9)])).toEqual([4, 6, 2, 18]);
  expect(run.mock.calls.map(([items]) => items)).toEqual([[2, 3], [1], [9]]);
});

test("a failure is everybody's of the batch, and of nobody after it", async () => {
  const run = double().mockRejectedValueOnce(new Error('away'));
  const call = together(run, { maxWeight: 100 });
  const outcomes = await Promise.allSettled([call(1), call(2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await call(3)).toBe(6);
});
