import {
  InventoryServiceService,
  RestockOutcome,
  type InventoryServiceServer,
  type StockLevel,
} from '@tradewind/proto/inventory/v1/inventory';
import { requireOwner, requireRole } from '@tradewind/shared/auth';
import { invalid, TradewindError } from '@tradewind/shared/errors';
import {
  requirePrincipal,
  service,
  type AccessTable,
  type CallContext,
  type ServedService,
} from '@tradewind/shared/grpc';
import { pageSize } from '@tradewind/shared/mongo';
import type { Product } from '../domain/product.ts';
import { mergeLines, shortagesOf } from '../domain/stock.ts';
import type { LevelFeed } from '../outbound/level-feed.ts';
import type { ProductStore } from '../outbound/product-store.ts';
import { checkLines, type AdjustStock, type DecreaseStock } from '../usecases/change-stock.ts';
import { noSuchProduct } from '../usecases/manage-products.ts';
import type { Restocks } from '../usecases/restock.ts';
import { answerMessage, counterMessage, intentOf } from './restock-messages.ts';
import { changeOf } from './stock-change.ts';

export interface StockServiceDeps extends Restocks {
  readonly products: Pick<ProductStore, 'find' | 'findMany' | 'levels' | 'movements'>;
  readonly feed: LevelFeed;
  readonly adjust: AdjustStock;
  readonly decrease: DecreaseStock;
}

const access: AccessTable<InventoryServiceServer> = {
  checkStock: { from: ['gateway', 'order'], user: 'none' },
  decreaseStock: { from: ['gateway', 'order'], user: 'optional' },
  adjustStock: { from: ['gateway', 'restock-controller'], user: 'optional' },
  getRestockCounters: { from: ['restock-controller'], user: 'none' },
  getMovements: { from: ['gateway'], user: 'optional' },
  watchStock: { from: ['gateway'], user: 'none' },
};

export function stockService(deps: StockServiceDeps): ServedService {
  const { products, feed, adjust, decrease, restock, counters } = deps;

  /** People change and see the stock of their own products; a service that may call at all does so for itself. */
  async function authorize(
    { principal, caller }: CallContext,
    productIds: readonly string[],
  ): Promise<string> {
    if (!principal) {
      if (caller === 'gateway') throw new TradewindError('UNAUTHENTICATED', 'an access token is needed');
      return serviceName(caller);
    }
    requireRole(principal, 'merchant', 'admin');
    const found = new Map((await products.findMany(productIds, [])).map((product) => [product.id, product]));
    for (const id of productIds) {
      const product = found.get(id);
      if (!product) throw noSuchProduct(id);
      requireOwner(principal, product.ownerId);
    }
    return `user:${principal.userId}`;
  }

  return service<InventoryServiceServer>(InventoryServiceService, access, {
    checkStock: async ({ lines }) => {
      checkLines(lines);
      const merged = mergeLines(lines);
      const levels = await products.levels(merged.map(({ productId }) => productId));
      return { shortages: shortagesOf(merged, (productId) => levels.get(productId)) };
    },
    decreaseStock: async ({ idempotencyKey: key, lines, reason }, call) => {
      checkLines(lines);
      const caller = await authorize(
        call,
        lines.map(({ productId }) => productId),
      );
      return { movements: [...(await decrease({ caller, key, lines, reason }))] };
    },
    adjustStock: async (request, call) => {
      const { idempotencyKey: key, productId, reason, intent } = request;
      if (intent) {
        const caller = serviceOf(call);
        return answerMessage(caller, await restock({ caller, ...intentOf(request, intent), reason }));
      }
      requirePrincipal(call);
      const caller = await authorize(call, [productId]);
      const answer = await adjust({ caller, key, productId, change: changeOf(request), reason });
      return { ...answer, outcome: RestockOutcome.UNSPECIFIED, counter: undefined };
    },
    getRestockCounters: async ({ sources }, call) => {
      const caller = serviceOf(call);
      const found = await counters(caller, sources);
      return { counters: found.map((counter) => counterMessage(caller, counter)) };
    },
    getMovements: async ({ productId, pageSize: size, pageToken }, call) => {
      await authorize(call, [productId]);
      const { rows, nextPageToken } = await products.movements(productId, pageSize(size), pageToken);
      return { movements: [...rows], nextPageToken };
    },
    watchStock: ({ productIds }, call) => watch(productIds, call.signal),
  });

  async function* watch(productIds: readonly string[], signal: AbortSignal): AsyncIterable<StockLevel> {
    if (productIds.length < 1 || productIds.length > 100) throw invalid('product_ids', 'must be 1 to 100');
    const sent = new Map<string, number>();
    const isNews = ({ productId, version }: StockLevel) => {
      if ((sent.get(productId) ?? -1) >= version) return false;
      sent.set(productId, version);
      return true;
    };
    const present = async () => (await products.findMany(productIds, [])).map(levelOf).filter(isNews);
    using watching = feed.watch(new Set(productIds));
    yield* await present();
    for await (const change of watching.changes(signal)) {
      if (!change) yield* await present();
      else if (isNews(change)) yield change;
    }
  }
}

const serviceName = (caller: string) => `service:${caller}`;

/** The service that calls for itself. @throws TradewindError PERMISSION_DENIED for people and for who calls for them */
function serviceOf({ principal, caller }: CallContext): string {
  if (!principal && caller !== 'gateway') return serviceName(caller);
  throw new TradewindError('PERMISSION_DENIED', 'restocks with an intent are for services');
}

const levelOf = ({ id: productId, sku, onHand, sequence: version }: Product): StockLevel => ({
  productId,
  sku,
  onHand,
  version,
});
