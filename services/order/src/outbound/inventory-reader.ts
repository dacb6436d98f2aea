import { setTimeout as delay } from 'node:timers/promises';
import type { InventoryServiceServer, ProductServiceServer } from '@tradewind/proto/inventory/v1/inventory';
import type { GrpcClient } from '@tradewind/shared/grpc';
import type { CatalogueProduct } from '../domain/catalogue.ts';
import { ownShortages, type Line, type Shortage } from '../domain/order.ts';
import { together } from '@tradewind/shared/batching';

export interface InventoryReader {
  /** @throws TradewindError UNAVAILABLE */
  fetchProducts: (ids: readonly string[], signal: AbortSignal) => Promise<readonly CatalogueProduct[]>;
  /** What inventory says is short; nothing when it has no answer in time, because the decision comes later anyway. */
  checkStock: (lines: readonly Line[], signal: AbortSignal) => Promise<readonly Shortage[]>;
}

interface Question {
  readonly lines: readonly Line[];
  /** Whether its order still waits for the answer; if not, it is not to keep others waiting for theirs. */
  isOpen: boolean;
}

export function inventoryReader(
  products: Pick<GrpcClient<ProductServiceServer>, 'getProducts'>,
  stock: Pick<GrpcClient<InventoryServiceServer>, 'checkStock'>,
  checkStockMs: number,
): InventoryReader {
  async function askForAll(questions: readonly Question[]): Promise<(readonly Shortage[])[]> {
    const lines = questions.filter(({ isOpen }) => isOpen).flatMap((question) => question.lines);
    if (lines.length === 0) return questions.map(() => []);
    const { shortages } = await stock.checkStock({ lines }, { timeoutMs: checkStockMs });
    return questions.map((question) => ownShortages(question.lines, shortages));
  }

  // As many lines as one call takes.
  const check = together(askForAll, { maxWeight: 100, weigh: ({ lines }) => lines.length });

  return {
    async fetchProducts(ids, signal) {
      const { products: found } = await products.getProducts(
        { ids: [...ids], skus: [] },
        { signal, timeoutMs: 2_000 },
      );
      return found.map(({ id, version, sku, name, price, archived }) => ({
        id,
        version,
        sku,
        name,
        currency: price?.currency ?? '',
        unitPrice: price?.amount ?? 0,
        archived,
      }));
    },

    async checkStock(lines, signal) {
      const question: Question = { lines, isOpen: true };
      try {
        return await Promise.race([check(question), delay(checkStockMs, [], { signal })]);
      } catch {
        signal.throwIfAborted();
        return [];
      } finally {
        question.isOpen = false;
      }
    },
  };
}
