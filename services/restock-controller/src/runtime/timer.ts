/** What setTimeout takes at most; beyond it, it fires at once. */
const longestMs = 2 ** 31 - 1;

/** A timer of any length that does not keep the process alive. Disposing cancels it. */
export class Timer implements Disposable {
  #timeout: NodeJS.Timeout | undefined;

  constructor(ms: number, task: () => void) {
    const arm = (left: number) => {
      const step = Math.min(left, longestMs);
      this.#timeout = setTimeout(() => {
        if (left > step) arm(left - step);
        else task();
      }, step);
      this.#timeout.unref();
    };
    arm(ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timeout);
  }
}
