export interface TokenBucketOptions {
  /** How long a wait may become, in milliseconds; what is more is forgotten. By default there is no end. */
  readonly mostMs?: number;
  /** In milliseconds, on a clock that never goes back. */
  readonly now?: () => number;
}

/** Lets `perSecond` through on average, and up to `burst` at once after quiet. Nobody is refused; the wait grows. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  /** How few tokens there may be: less than none, where they were promised for later. */
  readonly #least: number;
  readonly #now: () => number;
  #tokens: number;
  #asOf: number;

  constructor(
    perSecond: number,
    burst: number,
    { mostMs = Infinity, now = () => performance.now() }: TokenBucketOptions = {},
  ) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#least = (-mostMs / 1000) * perSecond;
    this.#now = now;
    this.#tokens = burst;
    this.#asOf = now();
  }

  /** Takes a token, and says in how many milliseconds it may be used. */
  reserve(): number {
    this.#refill();
    this.#tokens = Math.max(this.#tokens - 1, this.#least);
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#perSecond) * 1000;
  }

  /** Takes a token if there is one now. */
  tryTake(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #refill(): void {
    const now = this.#now();
    const gained = ((now - this.#asOf) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#asOf = now;
  }
}
