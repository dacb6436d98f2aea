import { LRUCache } from 'lru-cache';

/** However little is heard of changes, an answer is no older than this. */
const lifeMs = 5_000;
const maxBytes = 64 * 1024 * 1024;

/** Answers that are kept for a moment: at most `max` of them, and 64 MiB by their sizes in bytes. */
export const answerMemory = <Answer extends object>(
  max: number,
  sizeOf: (answer: Answer) => number,
  now: () => number,
): LRUCache<string, Answer> =>
  new LRUCache<string, Answer>({
    max,
    maxSize: maxBytes,
    sizeCalculation: sizeOf,
    ttl: lifeMs,
    ttlResolution: 0,
    perf: { now },
  });

/** Lets those who want the same at once share one reading. */
export interface SharedReads<Answer> {
  /** What a reading for the key under way gives; `load` begins one if there is none. */
  readonly read: (key: string, load: () => Promise<Answer>) => Promise<Answer>;
  /** A reading that is under way answers nobody who comes from now on. */
  readonly forget: (key: string) => void;
  readonly forgetAll: () => void;
}

export function sharedReads<Answer>(): SharedReads<Answer> {
  const underWay = new Map<string, Promise<Answer>>();
  return {
    read(key, load) {
      const running = underWay.get(key);
      if (running) return running;
      const loading = load().finally(() => {
        if (underWay.get(key) === loading) underWay.delete(key);
      });
      underWay.set(key, loading);
      return loading;
    },
    forget(key) {
      underWay.delete(key);
    },
    forgetAll() {
      underWay.clear();
    },
  };
}
