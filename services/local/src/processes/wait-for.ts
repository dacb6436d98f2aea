import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `check` until it resolves to true; a rejection counts as "not yet". Rejects when `signal` aborts. */
export async function waitFor(check: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await check().catch(() => false))) {
    await sleep(20, undefined, { signal });
  }
}
