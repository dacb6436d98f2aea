import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { CsvError, parse, type Parser } from 'csv-parse';
import type { Note } from './draft.ts';

export interface CsvRow {
  readonly kind: 'row';
  /** The line of the file where the row begins. */
  readonly line: number;
  /** The trimmed cell; empty when the file has no such column. */
  cell(column: string): string;
}

interface ParsedRow {
  readonly cells: readonly string[];
  readonly lastLine: number;
}

const maxRowBytes = 1024 * 1024;

/**
 * The rows below the header. Cells that a row lacks at its end are empty; a row with cells beyond the header becomes a
 * note, and reading goes on. Broken quoting ends the reading with a note: nobody can tell where the next row begins.
 */
export async function* csvRows(input: Readable): AsyncGenerator<CsvRow | Note> {
  let columns: readonly string[] | undefined;
  try {
    for await (const row of parseRows(input)) {
      if (columns) yield toRow(row, columns);
      else columns = row.cells;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error['lines'] ?? 0);
    yield { kind: 'error', line, message: `${csvProblem(error)}; nothing after this was read` };
  }
}

/** Rows are taken from the parser as it makes them: an error makes a stream drop those that nobody has read yet. */
async function* parseRows(input: Readable): AsyncGenerator<ParsedRow> {
  const parsed: ParsedRow[] = [];
  const parser = parse({
    bom: true,
    max_record_size: maxRowBytes,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    on_record: (cells: readonly string[], { lines }) => {
      parsed.push({ cells, lastLine: lines });
      return null;
    },
  });
  parser.on('error', () => undefined); // each write and the end report it
  parser.resume();
  try {
    for await (const text of unixLineEnds(input)) {
      await write(parser, text);
      yield* parsed.splice(0);
    }
    parser.end();
    await finished(parser);
  } catch (error) {
    yield* parsed;
    throw error;
  }
  yield* parsed;
}

const write = (parser: Parser, text: string) =>
  new Promise<void>((resolve, reject) => {
    parser.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });

/** The parser counts a CRLF inside quotes as two lines. */
async function* unixLineEnds(input: Readable): AsyncGenerator<string> {
  let held = '';
  for await (const chunk of input.setEncoding('utf8') as AsyncIterable<string>) {
    const text = held + chunk;
    held = text.endsWith('\r') ? '\r' : '';
    yield text.slice(0, text.length - held.length).replaceAll('\r\n', '\n');
  }
  if (held !== '') yield '\n';
}

function toRow({ cells, lastLine }: ParsedRow, columns: readonly string[]): CsvRow | Note {
  const line = lastLine - (cells.join('').match(/\n/g)?.length ?? 0);
  if (cells.slice(columns.length).some((cell) => cell !== '')) {
    return {
      kind: 'error',
      line,
      message: `the row has ${cells.length} cells, the header ${columns.length}`,
    };
  }
  return { kind: 'row', line, cell: (column) => cells[columns.indexOf(column)]?.trim() ?? '' };
}

function csvProblem({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote that was opened before is never closed';
  if (code === 'CSV_MAX_RECORD_SIZE')
    return 'a row is larger than 1 MiB, perhaps by a quote that is never closed';
  return message;
}
