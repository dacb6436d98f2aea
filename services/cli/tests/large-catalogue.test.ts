import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { checkDrafts } from '../src/import/check-draft.ts';
import { readDrafts, type Format } from '../src/import/format.ts';

const rows = 100_000;

function* vendure(): Generator<string> {
  yield 'name,slug,description,optionGroups,optionValues,sku,price,stockOnHand\n';
  for (let n = 0; n < rows; n += 1)
    yield `Product ${n},product-${n},"${'text '.repeat(40)}",,,SKU-${n},12.50,3\n`;
}

function* json(): Generator<string> {
  yield '[';
  for (let n = 0; n < rows; n += 1) {
    const record = {
      sku: `SKU-${n}`,
      name: 'Product',
      price: '12.50',
      stock: 3,
      description: 'text '.repeat(40),
    };
    yield `${n > 0 ? ',' : ''}\n${JSON.stringify(record)}`;
  }
  yield ']';
}

it.each<[Format, () => Generator<string>]>([
  ['vendure', vendure],
  ['json', json],
])('reads a %s catalogue of 100,000 rows no faster than they are taken', async (format, generate) => {
  let generated = 0;
  const counted = generate().map((text) => {
    generated += 1;
    return Buffer.from(text);
  });
  const input = Readable.from(counted, { objectMode: false });
  let taken = 0;
  let furthestAhead = 0;
  for await (const entry of checkDrafts(readDrafts(format, input), { currency: 'EUR', category: 'all' })) {
    expect(entry.kind).toBe('item');
    taken += 1;
    furthestAhead = Math.max(furthestAhead, generated - taken);
  }
  expect(taken).toBe(rows);
  expect(furthestAhead).toBeLessThan(2_000);
});
