import type { CsvRow } from './csv-rows.ts';
import type { Draft, Drafts, Note } from './draft.ts';
import { slug } from './sku.ts';

/**
 * Vendure's product CSV: a row with a name begins a product and is its first variant; rows without one are the next
 * variants. Lists are divided by "|". Facets are name:value; the last category facet is the most specific one.
 */
export async function* readVendure(rows: AsyncIterable<CsvRow | Note>): Drafts {
  let product: CsvRow | undefined;
  for await (const row of rows) {
    if (row.kind !== 'row') {
      yield row;
      continue;
    }
    if (row.cell('name') !== '') product = row;
    if (product) yield toDraft(row, product);
    else
      yield { kind: 'error', line: row.line, message: 'the variant follows no product: its name is missing' };
  }
}

function toDraft(row: CsvRow, product: CsvRow): Draft | Note {
  const groups = list(product.cell('optionGroups'));
  const values = list(row.cell('optionValues'));
  if (groups.length !== values.length) {
    const message = `there are ${values.length} option values for ${groups.length} option groups`;
    return { kind: 'error', line: row.line, message };
  }
  const facets = readFacets(product.cell('facets'));
  const variantFacets = readFacets(row.cell('variantFacets'));
  return {
    kind: 'draft',
    line: row.line,
    handle: product.cell('slug') || slug(product.cell('name')),
    sku: row.cell('sku'),
    title: product.cell('name'),
    options: groups.map((name, index) => ({ name, value: values[index] ?? '' })),
    description: product.cell('description'),
    category: facets.get('category')?.at(-1) ?? '',
    price: row.cell('price'),
    currency: '',
    stock: row.cell('stockOnHand'),
    attributes: { ...joined(facets), ...joined(variantFacets) },
  };
}

const list = (text: string): readonly string[] =>
  text === '' ? [] : text.split('|').map((part) => part.trim());

function readFacets(text: string): ReadonlyMap<string, readonly string[]> {
  const facets = new Map<string, readonly string[]>();
  for (const facet of list(text)) {
    const [name = '', ...value] = facet.split(':');
    facets.set(name, [...(facets.get(name) ?? []), value.join(':')]);
  }
  return facets;
}

const joined = (facets: ReadonlyMap<string, readonly string[]>): Record<string, string> =>
  Object.fromEntries([...facets].map(([name, values]) => [name, values.join(', ')]));
