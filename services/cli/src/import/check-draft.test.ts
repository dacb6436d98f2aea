import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../tests/support/read-catalogue.ts';

const read = (changes: object, options?: object) =>
  readCatalogue(
    'ndjson',
    JSON.stringify({ sku: 'A', name: 'Thing', price: '5', currency: 'EUR', stock: 1, ...changes }),
    {
      category: 'uncategorised',
      ...options,
    },
  );

describe('checkDrafts', () => {
  it.each([
    [undefined, undefined, 'stock is missing; left as it is'],
    [null, undefined, 'stock is missing; left as it is'],
    ['', undefined, 'stock is missing; left as it is'],
    [-3, 0, 'stock -3 is below zero; taken as 0'],
  ])('takes a stock of %s as %s, and warns', async (stock, units, message) => {
    const { items, notes } = await read({ stock });
    expect(items.map((item) => item.stock)).toEqual([units]);
    expect(notes).toEqual([{ kind: 'warning', line: 1, message }]);
  });

  it('takes the named category where the file has none, and else the file’s own', async () => {
    const options = { category: 'tools' };
    expect((await read({}, options)).items).toMatchObject([{ category: 'tools' }]);
    expect((await read({ category: 'toys' }, options)).items).toMatchObject([{ category: 'toys' }]);
  });

  it('cuts what is too long for the platform, and warns', async () => {
    const { items, notes } = await read({ name: 'n'.repeat(400), category: 'c'.repeat(101) });
    expect(items[0]?.name).toHaveLength(300);
    expect(items[0]?.category).toHaveLength(100);
    expect(notes.map(({ message }) => message)).toEqual([
      'name is cut to 300 characters',
      'category is cut to 100 characters',
    ]);
  });

  it('puts names and attributes on one line, without control characters', async () => {
    const { items } = await read({
      name: 'Big\n\tLamp\u0007',
      attributes: { 'a\nb': 'c\u0000d' },
      description: 'x\u0007\ny',
    });
    expect(items).toMatchObject([{ name: 'Big Lamp', attributes: { 'a b': 'c d' }, description: 'x\ny' }]);
  });

  it('keeps at most 50 attributes, and warns', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`name ${n}`, 'value']));
    const { items, notes } = await read({ attributes });
    expect(Object.keys(items[0]?.attributes ?? {})).toHaveLength(50);
    expect(notes).toMatchObject([{ kind: 'warning', message: '10 attributes are left out or cut' }]);
  });

  it('keeps the sku of a row that fails from other rows, so that correcting it changes no other sku', async () => {
    const [bad, good] = [
      { sku: 'A', name: 'Bad', price: 'x' },
      { sku: 'A', name: 'Good', price: '5' },
    ];
    const { items, notes } = await readCatalogue('ndjson', `${JSON.stringify(bad)}\n${JSON.stringify(good)}`);
    expect(items.map(({ sku }) => sku)).toEqual(['A-a']);
    expect(notes).toMatchObject([
      { kind: 'error', line: 1 },
      { kind: 'warning', line: 2 },
      { kind: 'warning' },
    ]);
  });
});
