import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Product, ProductFields, StockChange } from '../api/types.ts';
import type { CatalogueItem } from './item.ts';

const changeable = ['name', 'description', 'category', 'price', 'attributes'] as const;

export function productFields({
  sku,
  name,
  description,
  category,
  price,
  attributes,
}: CatalogueItem): ProductFields {
  return { sku, name, description, category, price, attributes };
}

/** The fields to change so that the product is as the file says; undefined when it is already. */
export function productChanges(product: Product, item: CatalogueItem): Partial<ProductFields> | undefined {
  const changed = changeable.filter((field) => !isDeepStrictEqual(product[field], item[field]));
  if (changed.length === 0) return undefined;
  return Object.fromEntries(changed.map((field) => [field, item[field]]));
}

/**
 * The stock change of a row. Adding is keyed by source and sku, so that it happens once however often the file is
 * imported; a counted level has a key of its own each time, because it is right whenever it is said.
 */
export function stockChange(
  item: CatalogueItem,
  options: { readonly source: string; readonly setStock: boolean; readonly newId: () => string },
): { readonly change: StockChange; readonly key: string; readonly reason: string } | undefined {
  const { source, setStock, newId } = options;
  if (item.stock === undefined) return undefined;
  if (setStock)
    return { change: { set_to: item.stock }, key: `import/${newId()}`, reason: `counted, ${source}` };
  if (item.stock === 0) return undefined;
  return { change: { delta: item.stock }, key: importKey(source, item.sku), reason: `import of ${source}` };
}

const maxKeyLength = 200;

/** The parts are escaped, because a header holds ASCII and because "a/b" + "c" is not "a" + "b/c". */
export function importKey(source: string, sku: string): string {
  const key = `import/${encodeURIComponent(source)}/${encodeURIComponent(sku)}`;
  return key.length <= maxKeyLength ? key : `import/${createHash('sha256').update(key).digest('hex')}`;
}
