import { setTimeout as delay } from 'node:timers/promises';
import { countCpu, sum } from './process-usage.ts';

const lookMs = 500;
const looks = 120;
/** Of one core: what sweepers and heartbeats use is below. */
const idleShare = 0.25;

/** Waits, a minute at most, until processes have done what they still had to do: a run leaves events to be heard behind. */
export async function waitUntilIdle(pids: ReadonlyMap<string, number>, signal: AbortSignal): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    const cpu = countCpu(pids);
    await delay(lookMs, undefined, { signal });
    // Without /proc there is nothing to see.
    if (!(sum(cpu().values()) > (idleShare * lookMs) / 1000)) return;
  }
}
