import type { Product } from '@tradewind/proto/inventory/v1/inventory';
import { LRUCache } from 'lru-cache';
import { answerMemory, sharedReads } from './answer-memory.ts';
import { presentProduct } from './present/product.ts';

/** How new a product is: its own version, and the ledger sequence of its stock. Both only rise. */
export interface Versions {
  readonly version: number;
  readonly level: number;
}

/** The answer to a reading of a product, serialised once. */
export interface ProductAnswer extends Versions {
  /** As text, since node sends it in one piece with the headers. */
  readonly body: string;
  /** Weak: it names versions, not bytes. */
  readonly etag: string;
}

export interface ProductCache {
  /** What `get` would answer from memory. */
  held: (id: string) => ProductAnswer | undefined;
  get: (id: string) => Promise<ProductAnswer>;
  /** The product has reached these versions; nothing older is kept from now on. Without versions it is forgotten. */
  changed: (id: string, reached: Partial<Versions>) => void;
  /** Every change is heard from now on, so answers may be kept. */
  resume: () => void;
  /** Changes may be missed: everything is dropped, and nothing kept until `resume`. */
  suspend: () => void;
}

/** Keeps product answers in memory for at most five seconds, bounded, and never older than the last change heard. */
export function createProductCache(
  read: (id: string) => Promise<Product>,
  now: () => number = () => performance.now(),
): ProductCache {
  const answers = answerMemory<ProductAnswer>(20_000, ({ body }) => 2 * body.length + 256, now);
  // Answers that come late, or from a cache further back, must not bring an old state back.
  const floors = new LRUCache<string, Versions>({ max: 100_000 });
  const underWay = sharedReads<ProductAnswer>();
  let keeping = false;
  /** Counts when hearing began and ended: what was read in one era is not kept in another. */
  let era = 0;

  async function load(id: string): Promise<ProductAnswer> {
    const eraOfReading = era;
    const start = now();
    const answer = answerOf(await read(id));
    if (keeping && era === eraOfReading && !isOlder(answer, floors.get(id)))
      answers.set(id, answer, { start });
    return answer;
  }

  return {
    held: (id) => answers.get(id),
    async get(id) {
      return answers.get(id) ?? (await (keeping ? underWay.read(id, () => load(id)) : load(id)));
    },
    changed(id, reached) {
      const before = floors.get(id) ?? { version: 0, level: 0 };
      const floor = {
        version: Math.max(before.version, reached.version ?? 0),
        level: Math.max(before.level, reached.level ?? 0),
      };
      floors.set(id, floor);
      const held = answers.peek(id);
      const unknown = reached.version === undefined && reached.level === undefined;
      if (held && !unknown && !isOlder(held, floor)) return;
      answers.delete(id);
      // A read that began before the change must not answer requests that come after it.
      underWay.forget(id);
    },
    resume() {
      keeping = true;
      era += 1;
    },
    suspend() {
      keeping = false;
      era += 1;
      answers.clear();
      underWay.forgetAll();
    },
  };
}

const isOlder = (held: Versions, floor: Versions | undefined): boolean =>
  floor !== undefined && (held.version < floor.version || held.level < floor.level);

function answerOf(product: Product): ProductAnswer {
  const { version, levelVersion: level } = product;
  return {
    version,
    level,
    body: JSON.stringify(presentProduct(product)),
    etag: `W/"${version}.${level}"`,
  };
}
