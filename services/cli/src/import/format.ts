import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { invalid } from '@tradewind/shared/errors';
import { csvRows } from './csv-rows.ts';
import type { Drafts } from './draft.ts';
import { jsonArrayTexts, ndjsonTexts } from './json-texts.ts';
import { readRecords } from './own-records.ts';
import { readShopify } from './shopify.ts';
import { readVendure } from './vendure.ts';

export const formats = ['json', 'ndjson', 'shopify', 'vendure'] as const;
export type Format = (typeof formats)[number];

/** Both CSV forms hold bare numbers. */
export const formatsWithoutCurrency: readonly Format[] = ['shopify', 'vendure'];

export function readDrafts(format: Format, input: Readable): Drafts {
  switch (format) {
    case 'json':
      return readRecords(jsonArrayTexts(texts(input)));
    case 'ndjson':
      return readRecords(ndjsonTexts(texts(input)));
    case 'shopify':
      return readShopify(csvRows(input));
    case 'vendure':
      return readVendure(csvRows(input));
  }
}

/** The format that the beginning of the file shows. An empty file has none to show and counts as NDJSON. */
export async function detectFormat(file: string): Promise<Format> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0);
  const [first = ''] = buffer
    .toString('utf8', 0, bytesRead)
    .replace(/^\uFEFF/, '')
    .trimStart()
    .split('\n');
  if (first.startsWith('[')) return 'json';
  if (first.startsWith('{') || first === '') return 'ndjson';
  const columns = new Set(first.split(',').map((column) => column.replaceAll('"', '').trim()));
  if (columns.has('Handle') && columns.has('Variant Price')) return 'shopify';
  if (columns.has('name') && columns.has('sku') && columns.has('optionGroups')) return 'vendure';
  const start = first.slice(0, 100);
  throw invalid('format', `of the file is none of ${formats.join(', ')}; it begins with "${start}"`);
}

function texts(input: Readable): AsyncIterable<string> {
  return input.setEncoding('utf8') as AsyncIterable<string>;
}
