import type { Logger } from '@tradewind/shared/telemetry';

/** The public key set that verifies access tokens, as JSON text. */
export interface SigningKeys {
  /** At most a minute old while the user service answers, and the last known one while it does not. */
  current: () => Promise<string>;
  /** Asked for now. */
  fetch: () => Promise<string>;
}

const freshMs = 60_000;

export function createSigningKeys(ask: () => Promise<string>, log: Logger): SigningKeys {
  let known: string | undefined;
  let askedAt = -Infinity;

  async function fetch(): Promise<string> {
    known = await ask();
    askedAt = performance.now();
    return known;
  }

  return {
    fetch,
    async current() {
      if (known !== undefined && performance.now() - askedAt < freshMs) return known;
      try {
        return await fetch();
      } catch (error) {
        if (known === undefined) throw error;
        log.warn({ err: error }, 'the last known signing keys are served');
        return known;
      }
    },
  };
}
