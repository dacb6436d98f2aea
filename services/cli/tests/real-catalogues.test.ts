import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCatalogue } from './support/read-catalogue.ts';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const present = existsSync(data);
const note = present ? '' : ' (skipped: there is no ../shared/data beside this repository)';

describe.skipIf(!present)(`real catalogues${note}`, () => {
  it('imports all 88 variants of the Vendure catalogue as the file has them', async () => {
    const expected = vendureByHand();
    const { items, notes } = await readCatalogue('vendure', createReadStream(`${data}vendure-products.csv`));
    expect(items).toHaveLength(88);
    expect(
      items.map(({ line, sku, name, price, stock, category }) => ({
        line,
        sku,
        name,
        price,
        stock,
        category,
      })),
    ).toEqual(expected);
    expect(notes.map(({ kind, line }) => `${kind} ${line}`)).toEqual(['warning 88', 'warning 89']);
    expect(items.every(({ description }) => description.length > 20)).toBe(true);
  });

  it('imports every variant of the Shopify catalogue as the file has it', async () => {
    const expected = shopifyByHand();
    const { items, notes } = await readCatalogue('shopify', createReadStream(`${data}shopify-apparel.csv`));
    expect(
      items.map(({ line, sku, price, stock, category }) => ({ line, sku, price, stock, category })),
    ).toEqual(expected);
    expect(items.slice(1, 4).map(({ name }) => name)).toEqual(
      ['Small', 'Medium', 'Large'].map((size) => `Classic Varsity Top - ${size}`),
    );
    expect(notes).toEqual([]);
  });
});

/** The file has one row a line; its numbers stand behind the quoted texts, so they are counted from the end. */
function vendureByHand() {
  const skus = new Set<string>();
  let product = { name: '', category: '' };
  return linesOf('vendure-products.csv').map((text, index) => {
    const [sku = '', price = '', , stock = ''] = text
      .split(',')
      .slice(-7)
      .map((cell) => cell.trim());
    const name = text.slice(0, 26).trim();
    if (name !== '')
      product = {
        name,
        category:
          text
            .match(/category:[^|,]+/g)
            ?.at(-1)
            ?.slice(9)
            .trim() ?? '',
      };
    const options = text.split(',').at(-8)?.replaceAll('"', '').trim().split('|').filter(Boolean) ?? [];
    const unique = skus.has(sku) ? `${sku}-${options.join('-')}` : sku;
    skus.add(unique);
    return {
      line: index + 2,
      sku: unique,
      name: options.length > 0 ? `${product.name} - ${options.join(' / ')}` : product.name,
      price: { currency: 'EUR', amount: Math.round(Number(price) * 100) },
      stock: Number(stock),
      category: product.category,
    };
  });
}

/** The file's skus are all empty. Behind the description, whatever commas that has, the cells stand at known places. */
function shopifyByHand() {
  let category = '';
  return linesOf('shopify-apparel.csv').map((text, index) => {
    const handle = text.slice(0, text.indexOf(','));
    const [, tag, size] = /,partners-demo,,(\w+),true,\w+,([\w ]+),/.exec(text) ?? [];
    category = tag ?? category;
    const option = size ?? /^[\w-]+,{8}(\w+),/.exec(text)?.[1] ?? '';
    const [, stock, price] = /,,(\d+),deny,manual,(\d+),/.exec(text) ?? [];
    return {
      line: index + 2,
      sku: option === 'Default Title' ? handle : `${handle}-${option.toLowerCase()}`,
      price: { currency: 'EUR', amount: Number(price) * 100 },
      stock: Number(stock),
      category,
    };
  });
}

function linesOf(file: string): readonly string[] {
  return readFileSync(`${data}${file}`, 'utf8').trimEnd().split(/\r?\n/).slice(1);
}
