import { invalid, TradewindError } from '@tradewind/shared/errors';
import type { Money } from '../api/types.ts';
import type { Draft, Drafts, Note } from './draft.ts';
import type { JsonText } from './json-texts.ts';

const fields = ['sku', 'name', 'description', 'category', 'price', 'currency', 'stock', 'attributes'];

/** Tradewind's own product records, whether they were the elements of an array or lines; see samples/README.md. */
export async function* readRecords(texts: AsyncIterable<JsonText | Note>): Drafts {
  for await (const text of texts) yield text.kind === 'json' ? parseRecord(text) : text;
}

function parseRecord({ text, line }: JsonText): Draft | Note {
  try {
    return toDraft(asObject(JSON.parse(text), 'the record'), line);
  } catch (error) {
    if (error instanceof TradewindError) return { kind: 'error', line, message: error.message };
    if (error instanceof SyntaxError)
      return { kind: 'error', line, message: `broken JSON: ${error.message}` };
    throw error;
  }
}

function toDraft(record: Record<string, unknown>, line: number): Draft {
  const unknown = Object.keys(record).find((field) => !fields.includes(field));
  if (unknown !== undefined) throw invalid(unknown, `is no known field; known are ${fields.join(', ')}`);
  const sku = asText(record, 'sku').trim();
  if (sku === '') throw invalid('sku', 'is missing');
  return {
    kind: 'draft',
    line,
    handle: sku,
    sku,
    title: asText(record, 'name').trim(),
    options: [],
    description: asText(record, 'description'),
    category: asText(record, 'category').trim(),
    price: asPrice(record['price']),
    currency: asText(record, 'currency'),
    stock: asStock(record['stock']),
    attributes: asAttributes(record['attributes']),
  };
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(what, 'is not an object');
  return value as Record<string, unknown>;
}

function asText(record: Record<string, unknown>, field: string): string {
  const value = record[field] ?? '';
  if (typeof value !== 'string') throw invalid(field, 'is not a text');
  return value;
}

/** A JSON number is refused: a binary fraction is no price. */
function asPrice(value: unknown): string | Money {
  if (value === undefined || typeof value === 'string') return value?.trim() ?? '';
  if (typeof value === 'number') throw invalid('price', 'is a number: write it as text, such as "12.50"');
  const { currency, amount } = asObject(value, 'price');
  if (typeof currency !== 'string' || typeof amount !== 'number') {
    throw invalid('price', 'as an object is {"currency": "EUR", "amount": 1250}, the amount in minor units');
  }
  return { currency, amount };
}

function asStock(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return String(value).trim();
  throw invalid('stock', 'is not a whole number');
}

function asAttributes(value: unknown): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, text] of Object.entries(asObject(value ?? {}, 'attributes'))) {
    if (typeof text !== 'string') throw invalid(`attributes.${name}`, 'is not a text');
    attributes[name] = text;
  }
  return attributes;
}
