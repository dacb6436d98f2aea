import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `probe` gives something else than undefined, false or a rejection; the last failure tells why it never did. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false>,
  { within = 20_000, every = 20 }: { readonly within?: number; readonly every?: number } = {},
): Promise<T> {
  const deadline = Date.now() + within;
  let failure: unknown = new Error('the condition was never met');
  while (Date.now() < deadline) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      failure = error;
    }
    await delay(every);
  }
  throw failure;
}
