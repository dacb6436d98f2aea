import { TokenBucket } from './token-bucket.ts';

/** Something that happened to a resource, in words for people. */
export interface EventRecord {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase, such as `Restocked`. */
  readonly reason: string;
  readonly message: string;
}

/** What is known of an event of which more of its kind may come. Whoever writes it keeps this up to date. */
export interface Told {
  /** Of the event that can be counted up; undefined when there is none. */
  name: string | undefined;
  /** How often it has been told. */
  count: number;
}

/** Numbers of client-go's event correlator. */
const numbers = {
  /** So many that differ in the message only are told one by one; more are one event, with the last message. */
  similar: 10,
  similarWithinMs: 600_000,
  /** So many of one resource at once, and then one in five minutes. */
  burst: 25,
  perSecond: 1 / 300,
  remembered: 4096,
};

interface Group {
  readonly messages: Set<string>;
  lastAt: number;
}

/**
 * Keeps events few: the same event again is counted, many alike become one, and a resource that tells too much is
 * heard less. Forgets what is longest ago when it has to remember too much.
 */
export class EventCorrelator {
  readonly #groups = new Map<string, Group>();
  readonly #told = new Map<string, Told>();
  readonly #budgets = new Map<string, TokenBucket>();
  readonly #now: () => number;

  /** @param now in milliseconds, on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * @param uid of the resource
   * @returns as what it is to be told, and in which words; undefined when it is not
   */
  correlate(
    uid: string,
    { type, reason, message }: EventRecord,
  ): { readonly told: Told; readonly message: string } | undefined {
    const budget = remember(
      this.#budgets,
      uid,
      () => new TokenBucket(numbers.perSecond, numbers.burst, { now: this.#now }),
    );
    if (!budget.tryTake()) return undefined;
    const alike = JSON.stringify([uid, type, reason]);
    const group = this.#group(alike);
    if (group.messages.size <= numbers.similar) group.messages.add(message);
    const combined = group.messages.size > numbers.similar;
    const id = combined ? alike : JSON.stringify([uid, type, reason, message]);
    return {
      told: remember(this.#told, id, () => ({ name: undefined, count: 0 })),
      message: combined ? `(combined from similar events): ${message}` : message,
    };
  }

  #group(alike: string): Group {
    const now = this.#now();
    const known = remember(this.#groups, alike, () => ({ messages: new Set<string>(), lastAt: now }));
    if (now - known.lastAt > numbers.similarWithinMs) known.messages.clear();
    known.lastAt = now;
    return known;
  }
}

/** The value of a key, made if it is not there, and the last to be forgotten from now on. */
function remember<T>(map: Map<string, T>, key: string, make: () => T): T {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= numbers.remembered) break;
    map.delete(oldest);
  }
  return value;
}
