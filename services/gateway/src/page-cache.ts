import type { ListProductsRequest, ListProductsResponse } from '@tradewind/proto/inventory/v1/inventory';
import { LRUCache } from 'lru-cache';
import { answerMemory, sharedReads } from './answer-memory.ts';
import { presentProduct } from './present/product.ts';
import type { Versions } from './product-cache.ts';

export interface PageCache {
  /** The answer to a listing of products, serialised once. */
  get: (query: ListProductsRequest) => Promise<Buffer>;
  /**
   * A product has reached these versions. A change of the product itself may move it into any page; one of its stock
   * concerns the pages that show it, and those of what is in stock.
   */
  changed: (id: string, reached: Partial<Versions>) => void;
  /** Every change is heard from now on, so pages may be kept. */
  resume: () => void;
  /** Changes may be missed: everything is dropped, and nothing kept until `resume`. */
  suspend: () => void;
}

interface Page {
  readonly body: Buffer;
  readonly inStockOnly: boolean;
  /** Of each product on it, the ledger sequence of its stock. */
  readonly levels: ReadonlyMap<string, number>;
  /** How much had changed when it was read. */
  readonly era: number;
  readonly stockEra: number;
  /** The stock era in which its levels were last found to be the newest; -1 before the first time. */
  checkedAt: number;
}

/** Keeps pages of products in memory for at most five seconds, bounded, and never older than the last change heard. */
export function createPageCache(
  read: (query: ListProductsRequest) => Promise<ListProductsResponse>,
  now: () => number = () => performance.now(),
): PageCache {
  const pages = answerMemory<Page>(2_000, ({ body, levels }) => body.length + 64 * levels.size + 256, now);
  const underWay = sharedReads<Page>();
  const newestLevels = new LRUCache<string, number>({ max: 100_000 });
  let keeping = false;
  /** Rises with whatever may have changed any page. */
  let era = 0;
  /** Rises with every change of stock. */
  let stockEra = 0;

  function isCurrent(page: Page): boolean {
    if (page.era !== era || (page.inStockOnly && page.stockEra !== stockEra)) return false;
    if (page.checkedAt === stockEra) return true;
    for (const [id, level] of page.levels) if (level < (newestLevels.get(id) ?? 0)) return false;
    page.checkedAt = stockEra;
    return true;
  }

  async function load(key: string, query: ListProductsRequest): Promise<Page> {
    const before = { era, stockEra, start: now() };
    const { products, nextPageToken } = await read(query);
    const answer = { items: products.map(presentProduct), next_cursor: nextPageToken || null };
    const page: Page = {
      body: Buffer.from(JSON.stringify(answer)),
      inStockOnly: query.inStockOnly,
      levels: new Map(products.map(({ id, levelVersion }) => [id, levelVersion])),
      era: before.era,
      stockEra: before.stockEra,
      checkedAt: -1,
    };
    if (keeping && isCurrent(page)) pages.set(key, page, { start: before.start });
    return page;
  }

  return {
    async get(query) {
      const key = JSON.stringify(query);
      const held = pages.get(key);
      if (held && isCurrent(held)) return held.body;
      return (await (keeping ? underWay.read(key, () => load(key, query)) : load(key, query))).body;
    },
    changed(id, { version, level }) {
      stockEra += 1;
      if (level === undefined || version !== undefined) era += 1;
      if (level !== undefined) newestLevels.set(id, Math.max(level, newestLevels.get(id) ?? 0));
      // A read that began before the change must not answer requests that come after it.
      underWay.forgetAll();
    },
    resume() {
      keeping = true;
      era += 1;
    },
    suspend() {
      keeping = false;
      era += 1;
      pages.clear();
      underWay.forgetAll();
    },
  };
}
