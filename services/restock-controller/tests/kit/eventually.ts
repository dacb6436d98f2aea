import { vi } from 'vitest';

/** Waits until the check no longer throws; the time it is given is for slow machines, and says nothing of speed. */
export async function eventually<T>(check: () => T | Promise<T>, everyMs = 50): Promise<T> {
  return await vi.waitFor(check, { timeout: 20_000, interval: everyMs });
}
