import { Readable } from 'node:stream';
import { checkDrafts, type CheckOptions } from '../../src/import/check-draft.ts';
import type { Note } from '../../src/import/draft.ts';
import { readDrafts, type Format } from '../../src/import/format.ts';
import type { CatalogueItem } from '../../src/import/item.ts';

export interface ReadCatalogue {
  readonly items: readonly CatalogueItem[];
  readonly notes: readonly Note[];
}

/** Reads a whole catalogue as an import does, up to where the platform would be asked. */
export async function readCatalogue(
  format: Format,
  input: string | Readable,
  options: Partial<CheckOptions> = { currency: 'EUR' },
): Promise<ReadCatalogue> {
  const items: CatalogueItem[] = [];
  const notes: Note[] = [];
  const stream = typeof input === 'string' ? inSmallChunks(input) : input;
  for await (const entry of checkDrafts(readDrafts(format, stream), {
    category: 'uncategorised',
    ...options,
  })) {
    if (entry.kind === 'item') items.push(entry);
    else notes.push(entry);
  }
  return { items, notes };
}

/** Seven bytes at a time: no character, line end or quote may depend on where a chunk ends. */
function inSmallChunks(text: string): Readable {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) =>
    bytes.subarray(n * 7, n * 7 + 7),
  );
  return Readable.from(chunks, { objectMode: false });
}
