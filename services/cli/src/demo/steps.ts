import { TradewindError } from '@tradewind/shared/errors';

/** Told about each step of the demo when it has ended. */
export interface StepObserver {
  done(step: {
    readonly number: number;
    readonly title: string;
    readonly seen: string;
    readonly ms: number;
  }): void;
}

export type Step = <T>(title: string, work: () => Promise<T>, see: (result: T) => string) => Promise<T>;

/** Numbers and times steps; a step that fails says which it was. */
export function stepTeller(observer: StepObserver): Step {
  let number = 0;
  return async (title, work, see) => {
    number += 1;
    const started = performance.now();
    try {
      const result = await work();
      observer.done({ number, title, seen: see(result), ms: performance.now() - started });
      return result;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const message = `step ${number}, ${title.charAt(0).toLowerCase()}${title.slice(1)}: ${error.message}`;
      throw new TradewindError('ILLEGAL_STATE', message, { cause: error });
    }
  };
}
