import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isTransient } from '../api/retry.ts';
import { TradewindError, type ErrorCode } from '@tradewind/shared/errors';
import type { ApiClient } from '../api/client.ts';
import { forEachConcurrent } from '../concurrency.ts';
import { checkDrafts } from './check-draft.ts';
import type { Note } from './draft.ts';
import { detectFormat, formatsWithoutCurrency, readDrafts, type Format } from './format.ts';
import { importItem, type ImportedItem } from './import-item.ts';
import type { CatalogueItem } from './item.ts';
import { parseCurrency } from './money.ts';
import { ImportSummary } from './summary.ts';

export interface ImportOptions {
  readonly file: string;
  /** Found by looking at the file when absent. */
  readonly format?: Format;
  readonly currency?: string;
  /** What the stock movements are keyed by; the file's base name when absent. */
  readonly source?: string;
  /** For products whose file names none. */
  readonly category?: string;
  readonly setStock?: boolean;
  /** Only reads and checks. */
  readonly dryRun?: boolean;
  readonly concurrency?: number;
  readonly signal: AbortSignal;
  readonly observer?: ImportObserver;
}

export interface ImportObserver {
  note(note: Note): void;
  progress(summary: ImportSummary, bytesRead: number, bytes: number): void;
}

const silent: ImportObserver = { note: () => undefined, progress: () => undefined };

/** No row gets further when one was refused for these. */
const endsTheImport: readonly ErrorCode[] = ['UNAUTHENTICATED', 'PERMISSION_DENIED'];

/**
 * Imports a file row by row in bounded memory. A row that fails is noted and counted, and the rest imported; throws when
 * the file cannot be imported at all, or the platform stopped answering. Running it again changes nothing.
 */
export async function runImport(api: ApiClient, options: ImportOptions): Promise<ImportSummary> {
  const { file, signal, observer = silent, concurrency = 8, category = 'uncategorised' } = options;
  const format = options.format ?? (await detectFormat(file));
  if (options.currency === undefined && formatsWithoutCurrency.includes(format)) {
    throw new TradewindError(
      'INVALID_ARGUMENT',
      `a ${format} file names no currency: say which with --currency`,
    );
  }
  const currency = options.currency === undefined ? {} : { currency: parseCurrency(options.currency) };
  const itemOptions = {
    source: options.source ?? basename(file),
    setStock: options.setStock ?? false,
    newId: randomUUID,
  };
  const { size } = await stat(file);
  const input = createReadStream(file);
  const summary = new ImportSummary();
  const note = (said: Note) => {
    summary.countNote(said);
    observer.note(said);
  };

  const importOne = async (item: CatalogueItem): Promise<ImportedItem> =>
    options.dryRun ? { product: 'checked', stockMoved: false } : await importItem(api, item, itemOptions);

  const handleItem = async (item: CatalogueItem) => {
    try {
      const imported = await importOne(item);
      summary.countItem(imported);
      if (imported.warning) note({ kind: 'warning', line: item.line, message: imported.warning });
    } catch (error) {
      if (!isRowFailure(error)) throw error;
      note({ kind: 'error', line: item.line, message: `${item.sku}: ${error.message}` });
    }
  };

  const handle = async (entry: CatalogueItem | Note) => {
    signal.throwIfAborted();
    if (entry.kind === 'item') await handleItem(entry);
    else note(entry);
    observer.progress(summary, input.bytesRead, size);
  };

  const entries = checkDrafts(readDrafts(format, input), { category, ...currency });
  await forEachConcurrent(entries, concurrency, handle);
  return summary;
}

/** A no to this row, not to the whole import. */
function isRowFailure(error: unknown): error is TradewindError {
  return error instanceof TradewindError && !isTransient(error) && !endsTheImport.includes(error.code);
}
