/** Numbers of client-go's reflector. */
const firstMs = 800;
const longestMs = 30_000;
/** After this long without a failure, the next one is taken for the first. */
const steadyMs = 120_000;

export interface BackoffOptions {
  readonly firstMs?: number;
  readonly longestMs?: number;
  /** A number in [0, 1). */
  readonly random?: () => number;
  /** In milliseconds. */
  readonly now?: () => number;
}

/** How long to wait after a failure: 0.8 s, doubled with each in a row up to 30 s, and up to as much again at random. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #failures = 0;
  #last = -Infinity;

  constructor(options: BackoffOptions = {}) {
    this.#options = { firstMs, longestMs, random: Math.random, now: () => performance.now(), ...options };
  }

  /** In milliseconds, and never less than what the server asked for. */
  next(atLeastMs = 0): number {
    const { firstMs, longestMs, random, now } = this.#options;
    const at = now();
    this.#failures = at - this.#last > steadyMs ? 0 : this.#failures;
    this.#last = at;
    const base = Math.min(longestMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return Math.max(atLeastMs, base) + random() * base;
  }

  reset(): void {
    this.#failures = 0;
  }
}
