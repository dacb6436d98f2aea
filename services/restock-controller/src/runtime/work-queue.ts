import { RetryDelays } from './retry-delays.ts';
import { Timer } from './timer.ts';

/** Told of what a queue does, for metrics. Instants come from the listener's own clock. */
export interface QueueListener {
  readonly added: (key: string) => void;
  readonly taken: (key: string) => void;
  readonly finished: (key: string) => void;
  readonly retried: (key: string) => void;
}

const nobody: QueueListener = {
  added: () => undefined,
  taken: () => undefined,
  finished: () => undefined,
  retried: () => undefined,
};

/**
 * Keys that need work, with the semantics of client-go's workqueue: a key waits once however often it is added, no key
 * is in work twice at once, and one that is added while in work comes again after it.
 */
export class WorkQueue {
  /** In the order of their turn. */
  readonly #waiting: string[] = [];
  /** Needs work: waiting, or added again while in work. */
  readonly #dirty = new Set<string>();
  readonly #inWork = new Set<string>();
  readonly #later = new Map<string, { readonly at: number; readonly timer: Timer }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #delays: RetryDelays;
  readonly #listener: QueueListener;
  #closed = false;

  constructor(delays = new RetryDelays(), listener = nobody) {
    this.#delays = delays;
    this.#listener = listener;
  }

  /** How many keys wait for a worker. */
  get length(): number {
    return this.#waiting.length;
  }

  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    this.#listener.added(key);
    if (!this.#inWork.has(key)) this.#enqueue(key);
  }

  /** Adds the key in `ms` milliseconds; of several instants for one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = performance.now() + ms;
    const earlier = this.#later.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.timer[Symbol.dispose]();
    const timer = new Timer(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { at, timer });
  }

  /** Adds the key after a failure, later with each in a row, and no earlier than after `atLeastMs` milliseconds. */
  addRateLimited(key: string, atLeastMs = 0): void {
    if (this.#closed) return;
    this.#listener.retried(key);
    this.addAfter(key, Math.max(atLeastMs, this.#delays.next(key)));
  }

  /** Ends a row of failures. */
  forget(key: string): void {
    this.#delays.forget(key);
  }

  failures(key: string): number {
    return this.#delays.failures(key);
  }

  /** How long the key has done nothing but fail, in milliseconds. */
  failingMs(key: string): number {
    return this.#delays.failingMs(key);
  }

  /** The next key, whose taker must call `done` with it; undefined once the queue is closed and empty. */
  async take(): Promise<string | undefined> {
    const key = this.#waiting.shift();
    if (key !== undefined) {
      this.#begin(key);
      return key;
    }
    if (this.#closed) return undefined;
    return await new Promise((resolve) => this.#takers.push(resolve));
  }

  /** The work on a key has ended, well or not. */
  done(key: string): void {
    if (!this.#inWork.delete(key)) return;
    this.#listener.finished(key);
    if (this.#dirty.has(key)) this.#enqueue(key);
    this.#tellIdle();
  }

  /** Takes nothing more, lets the workers have what waits, and resolves when all work has ended. */
  async drain(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#later.values()) timer[Symbol.dispose]();
    this.#later.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #enqueue(key: string): void {
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#waiting.push(key);
      return;
    }
    this.#begin(key);
    taker(key);
  }

  #begin(key: string): void {
    this.#dirty.delete(key);
    this.#inWork.add(key);
    this.#listener.taken(key);
  }

  #isIdle(): boolean {
    return this.#inWork.size === 0 && this.#waiting.length === 0;
  }

  #tellIdle(): void {
    if (this.#closed && this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
