import { setTimeout as sleep } from 'node:timers/promises';
import { Lease, type LeaseOptions } from './lease.ts';

export interface ElectionTimes {
  /** How long others leave the lease alone after its last renewal. */
  readonly leaseMs: number;
  /** How long the leader tries to renew before it ceases to lead; less than `leaseMs`. */
  readonly renewMs: number;
  readonly retryMs: number;
}

export interface ElectionOptions extends Omit<LeaseOptions, 'leaseMs'> {
  /**
   * Leads until `ending` aborts, and resolves when all its work has ended. What is under way may be finished, unless
   * `lost` aborts too: then another may lead already.
   */
  readonly lead: (ending: AbortSignal, lost: AbortSignal) => Promise<void>;
  /** Told of each failure, after which it goes on. */
  readonly onError: (error: unknown) => void;
  /** Told when this process begins and ceases to lead. */
  readonly onChange?: (leading: boolean) => void;
  readonly times?: ElectionTimes;
}

/** How many times as long as `retryMs` a pause may be, at random, so that candidates do not ask together. */
export const longestPause = 1.2;

/** The numbers of client-go's defaults. */
const usual: ElectionTimes = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

/**
 * Stands for election until it is stopped. A leader that cannot renew its lease in time ceases to lead and stands
 * again; one that is stopped keeps the lease until its work has ended, and then lets go of it.
 *
 * Two may lead for a moment when a process was suspended: the lease saves work and guards nothing.
 */
export class LeaderElection implements AsyncDisposable {
  readonly #options: Required<ElectionOptions>;
  readonly #lease: Lease;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: ElectionOptions) {
    this.#options = { onChange: () => undefined, times: usual, ...options };
    this.#lease = new Lease({ ...options, leaseMs: this.#options.times.leaseMs });
    this.#running = this.#run();
  }

  /** Ends leading, and resolves when the work has ended and the lease is free. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { renewMs } = this.#options.times;
    while (!this.#stop.signal.aborted) {
      const asked = performance.now();
      if (await this.#tryHold(renewMs)) await this.#term(asked);
      await this.#pause(this.#stop.signal);
    }
  }

  /** From the first hold of the lease, which was asked for at `held`, to its loss or release. */
  async #term(held: number): Promise<void> {
    const { lead, onChange, onError, times } = this.#options;
    const lost = new AbortController();
    const ended = new AbortController();
    onChange(true);
    const ending = AbortSignal.any([this.#stop.signal, lost.signal]);
    const work = Promise.resolve()
      .then(() => lead(ending, lost.signal))
      .catch(onError)
      .finally(() => {
        ended.abort();
      });
    if (!(await this.#renewUntil(ended.signal, held))) {
      onError(new Error('the lease was lost'));
      lost.abort();
    }
    await work;
    onChange(false);
    if (!lost.signal.aborted) await this.#lease.release(times.renewMs).catch(onError);
  }

  /** Renews while the work goes on, and resolves with true at its end; with false when the lease is lost. */
  async #renewUntil(ended: AbortSignal, held: number): Promise<boolean> {
    const { renewMs } = this.#options.times;
    let deadline = held + renewMs;
    for (;;) {
      await this.#pause(ended, deadline);
      if (ended.aborted) return true;
      const asked = performance.now();
      if (asked >= deadline) return false;
      if (await this.#tryHold(deadline - asked)) deadline = asked + renewMs;
      else if (this.#lease.isTaken) return false;
    }
  }

  async #tryHold(timeoutMs: number): Promise<boolean> {
    try {
      return await this.#lease.tryHold(timeoutMs);
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  /** @param until when it ends at the latest, on the clock of `performance` */
  async #pause(signal: AbortSignal, until = Infinity): Promise<void> {
    const ms = this.#options.times.retryMs * (1 + (longestPause - 1) * Math.random());
    await sleep(Math.max(0, Math.min(ms, until - performance.now())), undefined, { signal }).catch(
      () => undefined,
    );
  }
}
