import {
  ListProductsRequest_Sort as Sort,
  ProductServiceService,
  type ListProductsRequest,
  type Product as ProductMessage,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import { invalid } from '@tradewind/shared/errors';
import { requirePrincipal, service, type AccessTable, type ServedService } from '@tradewind/shared/grpc';
import { pageSize } from '@tradewind/shared/mongo';
import type { VersionedCache } from '@tradewind/shared/redis';
import { revisionOf, type Money, type Product, type ProductDetails } from '../domain/product.ts';
import type { ProductSort, ProductStore } from '../outbound/product-store.ts';
import { noSuchProduct, type ManageProducts } from '../usecases/manage-products.ts';

export interface ProductServiceDeps extends ManageProducts {
  readonly products: Pick<ProductStore, 'find' | 'findMany' | 'list'>;
  readonly cache: VersionedCache<Product>;
}

const reading = { from: ['gateway', 'order'], user: 'none' } as const;
const writing = { from: ['gateway'], user: 'required' } as const;

const access: AccessTable<ProductServiceServer> = {
  createProduct: writing,
  getProductById: reading,
  getProducts: { from: [...reading.from, 'restock-controller'], user: 'none' },
  listProducts: reading,
  updateProduct: writing,
  deleteProduct: writing,
};

export function productService({ products, cache, ...manage }: ProductServiceDeps): ServedService {
  async function find(id: string): Promise<Product | undefined> {
    const cached = await cache.get(id);
    if (cached) return revive(cached);
    const product = await products.find(id);
    return product && (await remember(product));
  }

  /** Who changed a product reads the change, also before everybody was told. */
  async function remember(product: Product): Promise<Product> {
    await cache.put([{ id: product.id, version: revisionOf(product), value: product }]);
    return product;
  }

  return service<ProductServiceServer>(ProductServiceService, access, {
    createProduct: async (request, call) => {
      const { sku, name, description, category, attributes, initialStock } = request;
      const price = requirePrice(request.price);
      const details = { name, description, category, price, attributes };
      const command = { sku, ...details, initialStock };
      return toMessage(await remember(await manage.create(requirePrincipal(call), command)));
    },
    getProductById: async ({ id }) => {
      const product = await find(id);
      if (!product || product.archived) throw noSuchProduct(id);
      return toMessage(product);
    },
    getProducts: async ({ ids, skus }) => {
      const count = ids.length + skus.length;
      if (count < 1 || count > 100) throw invalid('ids', 'must be 1 to 100, together with skus');
      return { products: (await products.findMany(ids, skus)).map(toMessage) };
    },
    listProducts: async (request) => {
      const { rows, nextPageToken } = await products.list({
        words: request.query.trim(),
        category: request.category,
        minPrice: request.minPrice,
        maxPrice: request.maxPrice,
        inStockOnly: request.inStockOnly,
        sort: sortOf(request),
        size: pageSize(request.pageSize),
        pageToken: request.pageToken,
        offset: request.offset,
      });
      return { products: rows.map(toMessage), nextPageToken };
    },
    updateProduct: async ({ id, expectedVersion, ...request }, call) => {
      const details: Partial<ProductDetails> = {
        ...(request.name === undefined ? {} : { name: request.name }),
        ...(request.description === undefined ? {} : { description: request.description }),
        ...(request.category === undefined ? {} : { category: request.category }),
        ...(request.price === undefined ? {} : { price: request.price }),
        ...(request.attributes === undefined ? {} : { attributes: request.attributes.values }),
      };
      const who = requirePrincipal(call);
      return toMessage(await remember(await manage.update(who, id, details, expectedVersion)));
    },
    deleteProduct: async ({ id }, call) => {
      await remember(await manage.archive(requirePrincipal(call), id));
      return {};
    },
  });
}

/** JSON has no dates. */
const revive = (cached: Product): Product => ({
  ...cached,
  createdAt: new Date(cached.createdAt),
  updatedAt: new Date(cached.updatedAt),
});

function requirePrice(price: Money | undefined): Money {
  if (!price) throw invalid('price', 'is missing');
  return price;
}

function sortOf({ sort, query }: ListProductsRequest): ProductSort {
  switch (sort) {
    case Sort.UNSPECIFIED:
      return query.trim() === '' ? 'newest' : 'best match';
    case Sort.NEWEST:
      return 'newest';
    case Sort.PRICE_ASC:
      return 'price';
    case Sort.PRICE_DESC:
      return '-price';
    case Sort.NAME:
      return 'name';
  }
}

const toMessage = ({ sequence: levelVersion, attributes, ...product }: Product): ProductMessage => ({
  ...product,
  attributes: { ...attributes },
  levelVersion,
});
