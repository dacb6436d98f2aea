import type { OrderStatus } from '@tradewind/proto/order/v1/order';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { order } from '../tests/fixtures.ts';
import { createDecisions, whenDecided } from './waiting.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pending = order('o1', 'ORDER_STATUS_PENDING');

function waiting({ hearing = true, reads = ['ORDER_STATUS_CONFIRMED'] as readonly OrderStatus[] } = {}) {
  const decisions = createDecisions();
  if (hearing) decisions.resume();
  let next = 0;
  const read = vi.fn(() =>
    Promise.resolve(order('o1', reads[Math.min(next++, reads.length - 1)] ?? 'ORDER_STATUS_PENDING')),
  );
  const wait = (signal?: AbortSignal) => whenDecided(pending, { decisions, limitMs: 3000, read, signal });
  return { decisions, read, wait };
}

test('an order that is decided already is not waited for', async () => {
  const { decisions, read } = waiting();
  const confirmed = order('o1', 'ORDER_STATUS_CONFIRMED');
  const options = { decisions, limitMs: 3000, read, signal: undefined };
  expect(await whenDecided(confirmed, options)).toBe(confirmed);
  expect(read).not.toHaveBeenCalled();
});

test('a decision wakes whoever waits, who reads once', async () => {
  const { decisions, read, wait } = waiting();
  const decided = wait();
  await vi.advanceTimersByTimeAsync(1000);
  expect(read).not.toHaveBeenCalled();
  decisions.announce('o1', {});
  expect((await decided).status).toBe('ORDER_STATUS_CONFIRMED');
  expect(read).toHaveBeenCalledTimes(1);
});

test('a confirmation that says when is added to the order without a reading', async () => {
  const { decisions, read, wait } = waiting();
  const decided = wait();
  const at = new Date('2026-01-31T12:00:01.000Z');
  decisions.announce('o1', { confirmedAt: at });
  const { status, actions, updatedAt } = await decided;
  expect({ status, updatedAt }).toEqual({ status: 'ORDER_STATUS_CONFIRMED', updatedAt: at });
  expect(actions.at(-1)).toEqual({ action: 'CONFIRMED', at, actor: 'inventory', detail: '' });
  expect(read).not.toHaveBeenCalled();
});

test('a decision from before the waiting began is not lost', async () => {
  const { decisions, read, wait } = waiting();
  decisions.announce('o1', {});
  expect((await wait()).status).toBe('ORDER_STATUS_CONFIRMED');
  expect(read).toHaveBeenCalledTimes(1);
});

test('at the limit the order is read once and given as it stands', async () => {
  const { read, wait } = waiting({ reads: ['ORDER_STATUS_PENDING'] });
  const decided = wait();
  await vi.advanceTimersByTimeAsync(3000);
  expect((await decided).status).toBe('ORDER_STATUS_PENDING');
  expect(read).toHaveBeenCalledTimes(1);
});

test('two who wait for one order are both woken', async () => {
  const { decisions, wait } = waiting();
  const both = [wait(), wait()];
  decisions.announce('o1', {});
  for (const one of both) expect((await one).status).toBe('ORDER_STATUS_CONFIRMED');
});

test('without announcements it looks a few times, less and less often', async () => {
  const { read, wait } = waiting({ hearing: false, reads: ['ORDER_STATUS_PENDING'] });
  const decided = wait();
  await vi.advanceTimersByTimeAsync(3000);
  await decided;
  expect(read.mock.calls.length).toBeGreaterThan(3);
  expect(read.mock.calls.length).toBeLessThan(10);
});

test('when announcements stop it begins to look', async () => {
  const reads = ['ORDER_STATUS_PENDING', 'ORDER_STATUS_CONFIRMED'] as const;
  const { decisions, wait } = waiting({ reads });
  const decided = wait();
  await vi.advanceTimersByTimeAsync(500);
  decisions.suspend();
  await vi.advanceTimersByTimeAsync(500);
  expect((await decided).status).toBe('ORDER_STATUS_CONFIRMED');
});

test('an announced order that still reads PENDING is looked at again', async () => {
  const { decisions, wait } = waiting({ reads: ['ORDER_STATUS_PENDING', 'ORDER_STATUS_CANCELLED'] });
  decisions.announce('o1', {});
  const decided = wait();
  await vi.advanceTimersByTimeAsync(200);
  expect((await decided).status).toBe('ORDER_STATUS_CANCELLED');
});

test('nothing is waited for once the client has left', async () => {
  const { wait } = waiting({ reads: ['ORDER_STATUS_PENDING'] });
  const client = new AbortController();
  const decided = wait(client.signal);
  client.abort();
  expect((await decided).status).toBe('ORDER_STATUS_PENDING');
});
