import { mongoFailure } from '@tradewind/shared/mongo';
import { consumeEvents, DataError, type Nats, type ReceivedEvent } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { CatalogueProduct } from '../domain/catalogue.ts';
import type { CatalogueStore } from '../outbound/catalogue-store.ts';

/** product.state.* keeps the service's own catalogue. */
export function consumeProducts(nats: Nats, catalogue: CatalogueStore, log: Logger): AsyncDisposable {
  return consumeEvents(nats, {
    durable: 'order-catalogue',
    types: ['product.state'],
    handle: (events) => catalogue.apply(newestOfEach(events.map(toProduct))),
    classifiers: [mongoFailure],
    log,
  });
}

function toProduct({ data }: ReceivedEvent<'product.state'>): CatalogueProduct {
  const { productId: id, ...product } = data;
  const { version, sku, name, currency, unitPrice, archived } = product;
  if (id === '' || currency === '') throw new DataError('product_id or currency is missing');
  if (!(version >= 1)) throw new DataError('version is missing');
  if (!Number.isSafeInteger(unitPrice) || unitPrice < 0) throw new DataError('unit_price is not a price');
  return { id, version, sku, name, currency, unitPrice, archived };
}

function newestOfEach(products: readonly CatalogueProduct[]): CatalogueProduct[] {
  const newest = new Map<string, CatalogueProduct>();
  for (const product of products) {
    if ((newest.get(product.id)?.version ?? 0) < product.version) newest.set(product.id, product);
  }
  return [...newest.values()];
}
