import { describe, expect, it } from 'vitest';
import { TradewindError, unavailable } from '@tradewind/shared/errors';
import { retry } from './retry.ts';

const { signal } = new AbortController();
const options = { signal, attempts: 4, firstDelayMs: 1 };

function failing(times: number, error: () => Error) {
  const state = { calls: 0 };
  const call = () => {
    state.calls += 1;
    return state.calls <= times ? Promise.reject(error()) : Promise.resolve('done');
  };
  return { state, call };
}

describe('retry', () => {
  it('repeats a call until the platform is back', async () => {
    const { call } = failing(3, () => new TradewindError('UNAVAILABLE', 'away'));
    expect(await retry(call, options)).toBe('done');
  });

  it('gives up after the attempts that were allowed', async () => {
    const { call, state } = failing(9, () => new TradewindError('UNAVAILABLE', 'away'));
    await expect(retry(call, options)).rejects.toThrow('away');
    expect(state.calls).toBe(4);
  });

  it('does not repeat what was refused', async () => {
    const { call, state } = failing(9, () => new TradewindError('OUT_OF_STOCK', 'none left'));
    await expect(retry(call, options)).rejects.toThrow('none left');
    expect(state.calls).toBe(1);
  });

  it('waits as long as the server asks', async () => {
    const { call } = failing(
      1,
      () => new TradewindError('RESOURCE_EXHAUSTED', 'slower', { retryAfterMs: 120 }),
    );
    const started = performance.now();
    await retry(call, options);
    expect(performance.now() - started).toBeGreaterThan(110);
  });

  it('stops waiting when it is told to stop', async () => {
    const stop = new AbortController();
    const { call } = failing(9, () => {
      stop.abort();
      return unavailable('the gateway');
    });
    await expect(retry(call, { ...options, signal: stop.signal })).rejects.toThrow(/abort/);
  });
});
