import type { Catalogue } from '../catalogue.ts';
import { anybody, loggedIn, onBehalf } from '../http/access.ts';
import type { Routes } from '../http/mount.ts';
import { presentProduct } from '../present/product.ts';
import type { ProductAnswer } from '../product-cache.ts';
import { answer, bodyProblems, idParams, noContent, personProblems, problems } from '../schemas/common.ts';
import { ref } from '../schemas/kit.ts';
import {
  NewProduct,
  Product,
  ProductChange,
  ProductPage,
  ProductQuery,
  type ProductQuery as Query,
} from '../schemas/products.ts';
import type { Upstreams } from '../upstreams.ts';

const tags = ['Products'];
const json = 'application/json; charset=utf-8';
const params = idParams('The product.');
const etagHeader = { type: 'string', description: 'Changes with the product and its stock.' } as const;
const location = { type: 'string', description: 'Where it is.' } as const;

const sorts = {
  newest: 'SORT_NEWEST',
  price: 'SORT_PRICE_ASC',
  '-price': 'SORT_PRICE_DESC',
  name: 'SORT_NAME',
} as const satisfies Record<NonNullable<Query['sort']>, string>;

/** The catalogue, under any prefix. */
export const products =
  ({ products: inventory }: Upstreams, catalogue: Catalogue): Routes =>
  (app) => {
    app.get(
      '/',
      {
        schema: {
          operationId: 'listProducts',
          tags,
          summary: 'List products',
          description:
            'Searches, filters and sorts the catalogue, without archived products. As old as a single product at most.',
          security: anybody,
          querystring: ProductQuery,
          response: { 200: answer(ref(ProductPage), 'Some products.'), ...problems('UNAUTHENTICATED') },
        },
      },
      async (request, reply) => {
        const { sku, limit = 20, cursor = '', offset = 0, q = '', category = '', ...query } = request.query;
        if (sku !== undefined) {
          const found = await inventory.getProducts({ ids: [], skus: [sku] }, onBehalf(request));
          return { items: found.products.map(presentProduct), next_cursor: null };
        }
        const page = await catalogue.page({
          pageSize: limit,
          pageToken: cursor,
          offset,
          query: q,
          category,
          minPrice: query.min_price,
          maxPrice: query.max_price,
          sort: query.sort ? sorts[query.sort] : 'SORT_UNSPECIFIED',
          inStockOnly: query.in_stock ?? false,
        });
        return await reply.type(json).send(page as never);
      },
    );

    app.post(
      '/',
      {
        schema: {
          operationId: 'createProduct',
          tags,
          summary: 'Create a product',
          description: 'For merchants and admins.',
          security: loggedIn,
          body: ref(NewProduct),
          response: {
            201: answer(ref(Product), 'Created.', { Location: location }),
            ...problems('ALREADY_EXISTS', ...personProblems, ...bodyProblems),
          },
        },
      },
      async (request, reply) => {
        const {
          sku,
          name,
          description = '',
          category,
          price,
          attributes = {},
          initial_stock = 0,
        } = request.body;
        const fields = { sku, name, description, category, price, attributes, initialStock: initial_stock };
        const product = await inventory.createProduct(fields, onBehalf(request));
        catalogue.changed(product.id, { version: product.version, level: product.levelVersion });
        return await reply
          .code(201)
          .header('location', `/api/products/${product.id}`)
          .send(presentProduct(product));
      },
    );

    app.get(
      '/:id',
      {
        schema: {
          operationId: 'getProduct',
          tags,
          summary: 'Read a product',
          description:
            'At most five seconds old, and newer as soon as a change is heard. Archived products are found by sku only.',
          security: anybody,
          params,
          response: {
            200: answer(ref(Product), 'The product.', { ETag: etagHeader }),
            304: noContent('It is what `If-None-Match` names.'),
            ...problems('NOT_FOUND', 'UNAUTHENTICATED'),
          },
        },
      },
      (request, reply) => {
        const { id } = request.params;
        const answerWith = ({ etag, body }: ProductAnswer): void => {
          void reply.header('etag', etag).header('cache-control', 'public, no-cache');
          if (names(request.headers['if-none-match'], etag)) void reply.code(304).send(null);
          else void reply.type(json).send(body as never);
        };
        const held = catalogue.held(id);
        if (!held) return catalogue.product(id).then(answerWith);
        answerWith(held);
        return undefined;
      },
    );

    app.patch(
      '/:id',
      {
        schema: {
          operationId: 'updateProduct',
          tags,
          summary: 'Change a product',
          description: 'For its creator and admins. Never changes stock.',
          security: loggedIn,
          params,
          body: ref(ProductChange),
          response: {
            200: answer(ref(Product), 'The product as it is now.'),
            ...problems('NOT_FOUND', 'VERSION_CONFLICT', ...personProblems, ...bodyProblems),
          },
        },
      },
      async (request) => {
        const {
          name,
          description,
          category,
          price,
          attributes,
          expected_version: expectedVersion,
        } = request.body;
        const { id } = request.params;
        const values = attributes && { values: attributes };
        const change = { id, name, description, category, price, attributes: values, expectedVersion };
        const product = await inventory.updateProduct(change, onBehalf(request));
        catalogue.changed(id, { version: product.version, level: product.levelVersion });
        return presentProduct(product);
      },
    );

    app.delete(
      '/:id',
      {
        schema: {
          operationId: 'deleteProduct',
          tags,
          summary: 'Archive a product',
          description: 'For its creator and admins. It takes no new orders, and still takes returns.',
          security: loggedIn,
          params,
          response: { 204: noContent('Archived.'), ...problems('NOT_FOUND', ...personProblems) },
        },
      },
      async (request, reply) => {
        await inventory.deleteProduct({ id: request.params.id }, onBehalf(request));
        catalogue.changed(request.params.id, {});
        return await reply.code(204).send(null);
      },
    );
  };

/** Weak comparison, RFC 9110, section 13.1.2. */
function names(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header === '*' || header.split(',').some((one) => one.trim().replace(/^(?!W\/)/, 'W/') === etag);
}
