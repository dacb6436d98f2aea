import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseCsv } from './csv.ts';

const folder = resolve(import.meta.dirname, '../../../shared/data');

/** Catalogues of real shops lie beside the repository, where there are any. */
export const haveRealCatalogues = existsSync(folder);
export const realCataloguesNote = haveRealCatalogues
  ? ''
  : ' (skipped: there is no ../shared/data beside this repository)';

export const vendureFile = join(folder, 'vendure-products.csv');
export const shopifyFile = join(folder, 'shopify-apparel.csv');

/** What a variant of a file is to be on the platform. */
export interface ExpectedProduct {
  readonly sku: string;
  readonly name: string;
  readonly price: { readonly currency: string; readonly amount: number };
  readonly on_hand: number;
}

const rowsOf = (file: string) => parseCsv(readFileSync(file, 'utf8'));
const euro = (price = '') => ({ currency: 'EUR', amount: Math.round(Number(price) * 100) });
const named = (product: string, options: readonly string[]) =>
  options.length === 0 ? product : `${product} - ${options.join(' / ')}`;

/** A product's first row names it; a sku that an earlier row has gets the row's options. */
export function readVendureFile(): ExpectedProduct[] {
  const skus = new Set<string>();
  let product = '';
  return rowsOf(vendureFile).map((row) => {
    product = row['name'] || product;
    const options = (row['optionValues'] ?? '').split('|').filter(Boolean);
    const own = row['sku'] ?? '';
    const sku = skus.has(own) ? [own, ...options].join('-') : own;
    skus.add(own);
    const on_hand = Number(row['stockOnHand']);
    return { sku, name: named(product, options), price: euro(row['price']), on_hand };
  });
}

/** No row has a sku: it is made from the handle and the options. */
export function readShopifyFile(): ExpectedProduct[] {
  let product = '';
  return rowsOf(shopifyFile).map((row) => {
    product = row['Title'] || product;
    const option = row['Option1 Value'] ?? '';
    const options = option === 'Default Title' ? [] : [option];
    const sku = [row['Handle'], ...options].join('-').toLowerCase();
    const on_hand = Number(row['Variant Inventory Qty']);
    return { sku, name: named(product, options), price: euro(row['Variant Price']), on_hand };
  });
}
