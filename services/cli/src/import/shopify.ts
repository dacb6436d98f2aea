import type { CsvRow } from './csv-rows.ts';
import type { Draft, Drafts, Note, ProductOption } from './draft.ts';

const optionNumbers = [1, 2, 3] as const;

/** What the rows of one handle share: its first row's cells, since the others leave them empty. */
interface Product {
  readonly handle: string;
  readonly first: CsvRow;
  readonly optionNames: readonly string[];
  readonly leftOut: string | undefined;
}

/**
 * Shopify's product CSV: rows with the same Handle are the variants of one product, and a row may carry only an image.
 * Unpublished products and gift cards are left out: here whatever exists is for sale, and a balance is no stock.
 */
export async function* readShopify(rows: AsyncIterable<CsvRow | Note>): Drafts {
  let product: Product | undefined;
  for await (const row of rows) {
    if (row.kind !== 'row') {
      yield row;
      continue;
    }
    const handle = row.cell('Handle');
    if (row.cell('Title') !== '') {
      product = startProduct(handle, row);
      if (product.leftOut)
        yield { kind: 'skipped', line: row.line, message: `${handle} is ${product.leftOut}` };
    }
    if (product?.handle !== handle) {
      yield {
        kind: 'error',
        line: row.line,
        message: `the row has no Title and does not follow those of "${handle}"`,
      };
    } else if (product.leftOut === undefined && !isImageOnly(row)) {
      yield toDraft(row, product);
    }
  }
}

function startProduct(handle: string, first: CsvRow): Product {
  return {
    handle,
    first,
    optionNames: optionNumbers.map((n) => first.cell(`Option${n} Name`)),
    leftOut: whyLeftOut(first),
  };
}

function whyLeftOut(row: CsvRow): string | undefined {
  const status = row.cell('Status').toLowerCase();
  if (row.cell('Gift Card').toLowerCase() === 'true') return 'a gift card, which is no stock';
  if (row.cell('Published').toLowerCase() === 'false') return 'not published';
  return ['draft', 'archived'].includes(status) ? `in status ${status}` : undefined;
}

const isImageOnly = (row: CsvRow) =>
  ['Title', 'Option1 Value', 'Variant SKU', 'Variant Price'].every((column) => row.cell(column) === '');

function toDraft(row: CsvRow, { handle, first, optionNames }: Product): Draft {
  const [firstTag = ''] = first.cell('Tags').split(',');
  return {
    kind: 'draft',
    line: row.line,
    handle,
    sku: row.cell('Variant SKU'),
    title: first.cell('Title'),
    options: readOptions(row, optionNames),
    description: first.cell('Body (HTML)'),
    category: first.cell('Type') || firstTag.trim(),
    price: row.cell('Variant Price'),
    currency: '',
    stock: row.cell('Variant Inventory Qty'),
    attributes: {
      vendor: first.cell('Vendor'),
      tags: first.cell('Tags'),
      barcode: row.cell('Variant Barcode').replace(/^'/, ''),
    },
  };
}

/** A product without variants has the one option Title = Default Title, which nobody wants to read. */
function readOptions(row: CsvRow, names: readonly string[]): readonly ProductOption[] {
  const options = optionNumbers.map((n, index) => ({
    name: names[index] ?? '',
    value: row.cell(`Option${n} Value`),
  }));
  return options.filter(
    ({ name, value }) => value !== '' && !(name === 'Title' && value === 'Default Title'),
  );
}
