import type { ListProductsRequest, ProductServiceServer } from '@tradewind/proto/inventory/v1/inventory';
import type { GrpcClient } from '@tradewind/shared/grpc';
import { createPageCache } from './page-cache.ts';
import { createProductCache, type ProductAnswer, type Versions } from './product-cache.ts';

/** What people read of the catalogue, mostly from memory; it is as old as the two caches say. */
export interface Catalogue {
  /** A product that is in memory, without a promise. */
  readonly held: (id: string) => ProductAnswer | undefined;
  readonly product: (id: string) => Promise<ProductAnswer>;
  /** A page of products, serialised. */
  readonly page: (query: ListProductsRequest) => Promise<Buffer>;
  /** A product has reached these versions. Without versions nothing that is held of it counts any more. */
  readonly changed: (id: string, reached: Partial<Versions>) => void;
  /** Every change is heard from now on. */
  readonly resume: () => void;
  /** Changes may be missed. */
  readonly suspend: () => void;
}

export function createCatalogue(
  inventory: Pick<GrpcClient<ProductServiceServer>, 'getProductById' | 'listProducts'>,
): Catalogue {
  const products = createProductCache((id) => inventory.getProductById({ id }));
  const pages = createPageCache((query) => inventory.listProducts(query));
  return {
    held: products.held,
    product: products.get,
    page: pages.get,
    changed(id, reached) {
      products.changed(id, reached);
      pages.changed(id, reached);
    },
    resume() {
      products.resume();
      pages.resume();
    },
    suspend() {
      products.suspend();
      pages.suspend();
    },
  };
}
