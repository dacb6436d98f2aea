import { TokenBucket } from './token-bucket.ts';

/** Something that happened to a resource, in words for people. */
export interface EventRecord {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase, such as `Restocked`. */
  readonly reason: string;
  readonly message: string;
}

/** What is to be done about an event: the first of its kind is created, a repeated one counted up. */
export type Correlated =
  | { readonly kind: 'create'; readonly id: string; readonly message: string }
  | { readonly kind: 'count'; readonly id: string; readonly message: string; readonly count: number }
  | { readonly kind: 'drop' };

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
  readonly #counts = new Map<string, number>();
  readonly #budgets = new Map<string, TokenBucket>();
  readonly #now: () => number;

  /** @param now in milliseconds, on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param uid of the resource */
  correlate(uid: string, { type, reason, message }: EventRecord): Correlated {
    const budget = remember(
      this.#budgets,
      uid,
      () => new TokenBucket(numbers.perSecond, numbers.burst, { now: this.#now }),
    );
    if (!budget.tryTake()) return { kind: 'drop' };
    const alike = JSON.stringify([uid, type, reason]);
    const group = this.#group(alike);
    if (group.messages.size <= numbers.similar) group.messages.add(message);
    const combined = group.messages.size > numbers.similar;
    const id = combined ? alike : JSON.stringify([uid, type, reason, message]);
    const told = combined ? `(combined from similar events): ${message}` : message;
    const count = remember(this.#counts, id, () => 0) + 1;
    this.#counts.set(id, count);
    if (count === 1) return { kind: 'create', id, message: told };
    return { kind: 'count', id, message: told, count };
  }

  /** The event is not there to be counted up: the next of its kind is the first again. */
  forget(id: string): void {
    this.#counts.delete(id);
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
