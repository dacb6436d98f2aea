import { invalid, TradewindError } from '@tradewind/shared/errors';
import type { Money } from '../api/types.ts';
import type { Draft, Drafts, Note } from './draft.ts';
import { htmlToText } from './html-text.ts';
import type { CatalogueItem } from './item.ts';
import { limits } from './limits.ts';
import { checkPrice, parseCurrency, parsePrice } from './money.ts';
import { skuAssigner, type SkuAssigner } from './sku.ts';

export interface CheckOptions {
  /** For records that name none. */
  readonly currency?: string;
  /** For records that name none. */
  readonly category: string;
}

/** Turns what a file says into products to import; whatever is wrong with a line becomes a note on that line. */
export async function* checkDrafts(
  drafts: Drafts,
  options: CheckOptions,
): AsyncGenerator<CatalogueItem | Note> {
  const skus = skuAssigner();
  for await (const draft of drafts) {
    if (draft.kind === 'draft') yield* checkDraft(draft, skus, options);
    else yield draft;
  }
}

function* checkDraft(
  draft: Draft,
  skus: SkuAssigner,
  options: CheckOptions,
): Generator<CatalogueItem | Note> {
  try {
    // First, so that a row that fails now keeps its sku from others until it is corrected.
    const { sku, warnings } = skus.assign(draft);
    const stock = readStock(draft);
    const fields = {
      price: readPrice(draft, options.currency),
      name: cut(oneLine(productName(draft)), limits.name),
      description: cut(htmlToText(draft.description), limits.description),
      category: cut(oneLine(draft.category || options.category), limits.category),
    };
    if (fields.name.text === '') throw invalid('name', 'is missing');
    const attributes = boundAttributes(draft);

    yield* warnings;
    if (stock.warning) yield warning(draft, stock.warning);
    for (const field of ['name', 'description', 'category'] as const) {
      if (fields[field].shortened) yield warning(draft, `${field} is cut to ${limits[field]} characters`);
    }
    if (attributes.dropped > 0) yield warning(draft, `${attributes.dropped} attributes are left out or cut`);
    yield {
      kind: 'item',
      line: draft.line,
      sku,
      name: fields.name.text,
      description: fields.description.text,
      category: fields.category.text,
      price: fields.price,
      attributes: attributes.kept,
      stock: stock.units,
    };
  } catch (error) {
    if (!(error instanceof TradewindError)) throw error;
    yield { kind: 'error', line: draft.line, message: error.message };
  }
}

const warning = ({ line }: Draft, message: string): Note => ({ kind: 'warning', line, message });

/** As Shopify writes it: "Laptop - 13 inch / 8GB". */
function productName({ title, options }: Draft): string {
  const values = options.map((option) => option.value).join(' / ');
  return title !== '' && values !== '' ? `${title} - ${values}` : title;
}

function readPrice({ price, currency }: Draft, defaultCurrency: string | undefined): Money {
  if (typeof price !== 'string') return checkPrice(price);
  if (price === '') throw invalid('price', 'is missing');
  const code = currency || defaultCurrency;
  if (code === undefined) throw invalid('currency', 'is missing: name one with --currency');
  return parsePrice(price, parseCurrency(code));
}

function readStock({ stock }: Draft): { readonly units: number | undefined; readonly warning?: string } {
  if (stock === '') return { units: undefined, warning: 'stock is missing; left as it is' };
  if (!/^-?\d+$/.test(stock)) throw invalid('stock', `"${stock}" is not a whole number`);
  const units = Number(stock);
  if (units < 0) return { units: 0, warning: `stock ${stock} is below zero; taken as 0` };
  if (units > limits.stock) throw invalid('stock', `${stock} is more than ${limits.stock}`);
  return { units };
}

function boundAttributes({ attributes, options }: Draft) {
  const all = [...options.map(({ name, value }) => [name, value] as const), ...Object.entries(attributes)];
  const filled = all.filter(([name, value]) => oneLine(name) !== '' && oneLine(value) !== '');
  const kept: Record<string, string> = {};
  let dropped = Math.max(0, filled.length - limits.attributes);
  for (const [name, value] of filled.slice(0, limits.attributes)) {
    const key = cut(oneLine(name), limits.attributeName);
    const text = cut(oneLine(value), limits.attributeValue);
    if (key.shortened || text.shortened) dropped += 1;
    kept[key.text] ??= text.text;
  }
  return { kept, dropped };
}

/** Control characters and line breaks have no place in a name. */
const oneLine = (text: string) => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();

function cut(text: string, length: number): { readonly text: string; readonly shortened: boolean } {
  if (text.length <= length) return { text: text.toWellFormed(), shortened: false };
  return { text: `${text.slice(0, length - 1).trimEnd()}…`.toWellFormed(), shortened: true };
}
