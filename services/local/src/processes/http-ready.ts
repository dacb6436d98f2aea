import { waitFor } from './wait-for.ts';

/** A readiness check: waits until the address answers with success. */
export function httpReady(url: string): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    await waitFor(async () => {
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
      await response.body?.cancel();
      return response.ok;
    }, signal);
  };
}
