import { TokenBucket } from './token-bucket.ts';

const firstDelayMs = 5;
const longestDelayMs = 1_000_000;

/**
 * How long a key that failed waits: 5 ms, doubled with each failure up to 1000 s, and over all keys ten a second after
 * a hundred at once. These are the numbers of client-go's default controller rate limiter.
 */
export class RetryDelays {
  readonly #failures = new Map<string, { readonly count: number; readonly since: number }>();
  readonly #overall: TokenBucket;
  readonly #longestMs: number;

  constructor(overall = new TokenBucket(10, 100), longestMs = longestDelayMs) {
    this.#overall = overall;
    this.#longestMs = longestMs;
  }

  /** In milliseconds; counts one more failure. */
  next(key: string): number {
    const { count, since } = this.#failures.get(key) ?? { count: 0, since: performance.now() };
    this.#failures.set(key, { count: count + 1, since });
    return Math.min(this.#longestMs, Math.max(firstDelayMs * 2 ** count, this.#overall.reserve()));
  }

  failures(key: string): number {
    return this.#failures.get(key)?.count ?? 0;
  }

  /** How long the key has done nothing but fail, in milliseconds. */
  failingMs(key: string): number {
    const since = this.#failures.get(key)?.since;
    return since === undefined ? 0 : performance.now() - since;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
