import { TokenBucket } from './token-bucket.ts';

const firstDelayMs = 5;
const longestDelayMs = 1_000_000;

/**
 * How long a key that failed waits: 5 ms, doubled with each failure up to 1000 s, and over all keys ten a second after
 * a hundred at once. These are the numbers of client-go's default controller rate limiter.
 */
export class RetryDelays {
  readonly #failures = new Map<string, number>();
  readonly #overall: TokenBucket;

  constructor(overall = new TokenBucket(10, 100)) {
    this.#overall = overall;
  }

  /** In milliseconds; counts one more failure. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const own = Math.min(longestDelayMs, firstDelayMs * 2 ** failures);
    return Math.max(own, this.#overall.reserve());
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
