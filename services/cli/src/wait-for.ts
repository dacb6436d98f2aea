import { setTimeout as sleep } from 'node:timers/promises';
import { TradewindError } from '@tradewind/shared/errors';

/** Asks again and again until there is an answer. Throws DEADLINE_EXCEEDED when there is none in time. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  options: { readonly signal: AbortSignal; readonly seconds?: number },
): Promise<T> {
  const { signal, seconds = 30 } = options;
  const deadline = performance.now() + seconds * 1000;
  for (let pauseMs = 50; performance.now() < deadline; pauseMs = Math.min(1000, pauseMs * 1.5)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(pauseMs, undefined, { signal });
  }
  throw new TradewindError('DEADLINE_EXCEEDED', `${what} did not happen within ${seconds} s`);
}
