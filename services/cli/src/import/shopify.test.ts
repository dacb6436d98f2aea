import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../tests/support/read-catalogue.ts';

const columns = [
  'Handle',
  'Title',
  'Body (HTML)',
  'Vendor',
  'Type',
  'Tags',
  'Published',
  'Option1 Name',
  'Option1 Value',
  'Option2 Name',
  'Option2 Value',
  'Variant SKU',
  'Variant Inventory Qty',
  'Variant Price',
  'Image Src',
  'Gift Card',
  'Status',
  'A Column Of Some App',
] as const;

type Row = Partial<Record<(typeof columns)[number], string>>;

function csv(...rows: readonly Row[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return [
    columns.join(','),
    ...rows.map((row) => columns.map((column) => quoted(row[column] ?? '')).join(',')),
  ].join('\r\n');
}

const shirt: Row = {
  Handle: 'shirt',
  Title: 'Shirt',
  'Body (HTML)': '<p>Soft &amp; warm</p>',
  Vendor: 'Loom',
  Tags: 'men, summer',
  'Option1 Name': 'Size',
  'Option1 Value': 'Small',
  'Variant Price': '20.50',
  'Variant Inventory Qty': '3',
};

describe('readShopify', () => {
  it('makes each variant a product with what its first row says', async () => {
    const large: Row = {
      Handle: 'shirt',
      'Option1 Value': 'Large',
      'Variant Price': '22',
      'Variant SKU': 'SH-L',
    };
    const { items } = await readCatalogue('shopify', csv(shirt, { ...large, 'Variant Inventory Qty': '4' }));
    const common = { kind: 'item', description: 'Soft & warm', category: 'men' };
    const shared = { vendor: 'Loom', tags: 'men, summer' };
    expect(items).toEqual([
      {
        ...common,
        line: 2,
        sku: 'shirt-small',
        name: 'Shirt - Small',
        price: { currency: 'EUR', amount: 2050 },
        attributes: { Size: 'Small', ...shared },
        stock: 3,
      },
      {
        ...common,
        line: 3,
        sku: 'SH-L',
        name: 'Shirt - Large',
        price: { currency: 'EUR', amount: 2200 },
        attributes: { Size: 'Large', ...shared },
        stock: 4,
      },
    ]);
  });

  it('shows no option where a product has no variants', async () => {
    const plain = { ...shirt, 'Option1 Name': 'Title', 'Option1 Value': 'Default Title' };
    const { items } = await readCatalogue('shopify', csv(plain));
    expect(items).toMatchObject([{ sku: 'shirt', name: 'Shirt' }]);
    expect(items[0]?.attributes).not.toHaveProperty('Title');
  });

  it('takes a row with only an image for no variant', async () => {
    const image: Row = { Handle: 'shirt', 'Image Src': 'https://example.com/2.jpg' };
    const { items, notes } = await readCatalogue('shopify', csv(shirt, image));
    expect(items).toHaveLength(1);
    expect(notes).toEqual([]);
  });

  it('leaves out, aloud, what is not for sale or no stock', async () => {
    const rows = [
      { ...shirt, Handle: 'hidden', Published: 'false' },
      { Handle: 'hidden', 'Option1 Value': 'Large', 'Variant Price': '1' },
      { ...shirt, Handle: 'voucher', 'Gift Card': 'true' },
      { ...shirt, Handle: 'old', Status: 'archived' },
    ];
    const { items, notes } = await readCatalogue('shopify', csv(...rows));
    expect(items).toEqual([]);
    expect(notes.map(({ kind, line }) => [kind, line])).toEqual([
      ['skipped', 2],
      ['skipped', 4],
      ['skipped', 5],
    ]);
  });

  it('notes a variant that follows no product', async () => {
    const { notes } = await readCatalogue('shopify', csv({ Handle: 'lost', 'Variant Price': '1' }));
    expect(notes).toMatchObject([{ kind: 'error', line: 2 }]);
  });

  it('takes the type for the category before the tags', async () => {
    const { items } = await readCatalogue('shopify', csv({ ...shirt, Type: 'Shirts' }));
    expect(items).toMatchObject([{ category: 'Shirts' }]);
  });
});
