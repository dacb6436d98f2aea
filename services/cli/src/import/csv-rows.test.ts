import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { csvRows, type CsvRow } from './csv-rows.ts';
import type { Note } from './draft.ts';

async function read(text: string): Promise<readonly (CsvRow | Note)[]> {
  return await Array.fromAsync(csvRows(Readable.from([Buffer.from(text)], { objectMode: false })));
}

const cells = (rows: readonly (CsvRow | Note)[]) =>
  rows.map((row) => (row.kind === 'row' ? [row.line, row.cell('a'), row.cell('b')] : row));

describe('csvRows', () => {
  it.each([
    ['\n', 'LF'],
    ['\r\n', 'CRLF'],
  ])('names the line where each row begins, with line ends %j', async (end) => {
    const text = ['a,b', '"x', 'y",1', '', '"two', '', 'three",2', 'z,3'].join(end);
    expect(cells(await read(text))).toEqual([
      [2, 'x\ny', '1'],
      [5, 'two\n\nthree', '2'],
      [8, 'z', '3'],
    ]);
  });

  it('reads past a byte order mark, and trims padded columns around quotes', async () => {
    expect(cells(await read('\uFEFFa   ,b \n"x, y"   , 1\n'))).toEqual([[2, 'x, y', '1']]);
  });

  it('reads a column that the file has not as empty', async () => {
    const [row] = await read('a,b\n1,2\n');
    expect(row?.kind === 'row' && row.cell('c')).toBe('');
  });

  it('notes a row with cells beyond the header, and goes on', async () => {
    expect(cells(await read('a,b\n1,2,3\n4,5\n'))).toEqual([
      { kind: 'error', line: 2, message: 'the row has 3 cells, the header 2' },
      [3, '4', '5'],
    ]);
  });

  it('ends with a note at a quote that is never closed', async () => {
    const rows = await read('a,b\n1,2\n"3,4\n5,6\n');
    expect(cells(rows)).toEqual([[2, '1', '2'], expect.objectContaining({ kind: 'error' })]);
    expect(rows.at(-1)).toHaveProperty('message', expect.stringContaining('never closed'));
  });

  it.each(['', 'a,b', '\uFEFF', '\n\n'])('finds no row in %j', async (text) => {
    expect(await read(text)).toEqual([]);
  });
});
