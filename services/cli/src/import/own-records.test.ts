import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../tests/support/read-catalogue.ts';

const cable = { sku: 'C-1', name: 'Cable', price: '14.90', currency: 'EUR', stock: 3 };
const line = (changes: object) => JSON.stringify({ ...cable, ...changes });

describe('readRecords', () => {
  it('reads a record with all its fields', async () => {
    const record = { ...cable, description: 'Long', category: 'accessories', attributes: { length: '2 m' } };
    const { items } = await readCatalogue('ndjson', JSON.stringify(record));
    expect(items).toEqual([
      {
        kind: 'item',
        line: 1,
        sku: 'C-1',
        name: 'Cable',
        description: 'Long',
        category: 'accessories',
        price: { currency: 'EUR', amount: 1490 },
        attributes: { length: '2 m' },
        stock: 3,
      },
    ]);
  });

  it('takes a price in minor units as it is', async () => {
    const price = { currency: 'BHD', amount: 1005 };
    const { items } = await readCatalogue('ndjson', line({ price }));
    expect(items).toMatchObject([{ price }]);
  });

  it.each([
    [{ price: 14.9 }, 'price is a number'],
    [{ price: undefined }, 'price is missing'],
    [{ price: '1.005' }, 'more decimals'],
    [{ price: { currency: 'EUR', amount: '5' } }, 'minor units'],
    [{ sku: '' }, 'sku is missing'],
    [{ sku: 'x'.repeat(65) }, 'longer than 64'],
    [{ name: ' ' }, 'name is missing'],
    [{ stock: 1.5 }, 'stock "1.5" is not a whole number'],
    [{ stock: true }, 'stock is not a whole number'],
    [{ attributes: { length: 2 } }, 'attributes.length is not a text'],
    [{ currency: 'EURO' }, 'ISO 4217'],
    [{ colour: 'red' }, 'colour is no known field'],
  ])('refuses %j', async (changes, message) => {
    const { items, notes } = await readCatalogue('ndjson', line(changes));
    expect(items).toEqual([]);
    expect(notes).toMatchObject([
      { kind: 'error', line: 1, message: expect.stringContaining(message) as string },
    ]);
  });

  it('asks for a currency where neither the record nor the import names one', async () => {
    const { notes } = await readCatalogue('ndjson', line({ currency: undefined }), {});
    expect(notes).toMatchObject([{ message: expect.stringContaining('--currency') as string }]);
  });

  it('reads every element of an array beside a broken one, and names its line', async () => {
    const text = `\uFEFF[\n  ${line({})},\n  {"sku": oops},\n  ${line({ sku: 'C-2, "}]' })}\n]\n`;
    const { items, notes } = await readCatalogue('json', text);
    expect(items.map((item) => [item.line, item.sku])).toEqual([
      [2, 'C-1'],
      [4, 'C-2'],
    ]);
    expect(notes[0]).toMatchObject({ kind: 'error', line: 3 });
  });

  it('reads every line beside a broken one', async () => {
    const { items, notes } = await readCatalogue(
      'ndjson',
      `\uFEFF${line({})}\r\n\r\n{oops\r\n${line({ sku: 'C-2' })}`,
    );
    expect(items.map((item) => item.line)).toEqual([1, 4]);
    expect(notes).toMatchObject([{ kind: 'error', line: 3 }]);
  });

  it('notes an array that is cut off', async () => {
    const { items, notes } = await readCatalogue('json', `[${line({})}, {"sku": "C-2"`);
    expect(items).toHaveLength(1);
    expect(notes).toMatchObject([
      { kind: 'error', message: expect.stringContaining('never closed') as string },
    ]);
  });

  it.each(['json', 'ndjson'] as const)('finds nothing in an empty %s file', async (format) => {
    expect(await readCatalogue(format, '')).toEqual({ items: [], notes: [] });
  });
});
