import { describe, expect, it } from 'vitest';
import { readCatalogue } from '../../tests/support/read-catalogue.ts';

const header =
  'name   ,slug  ,description ,facets   ,optionGroups ,optionValues ,sku ,price ,stockOnHand ,variantFacets';

const csv = (...rows: readonly string[]) => [header, ...rows].join('\n');

describe('readVendure', () => {
  it('makes each variant a product, the padding of the columns aside', async () => {
    const { items } = await readCatalogue(
      'vendure',
      csv(
        'Laptop ,laptop ,"Light, fast"   ,category:Electronics|category:Computers|brand:Aero ,"size|RAM" ,"13 inch|8GB" ,L1 ,1299.00 ,100 ,',
        '       ,       ,                ,                                                   ,           ,"15 inch|8GB" ,L2 ,1399.5  ,7   ,color:grey',
      ),
    );
    const shared = { category: 'Electronics, Computers', brand: 'Aero' };
    const common = { kind: 'item', description: 'Light, fast', category: 'Computers' };
    expect(items).toEqual([
      {
        ...common,
        line: 2,
        sku: 'L1',
        name: 'Laptop - 13 inch / 8GB',
        price: { currency: 'EUR', amount: 129900 },
        attributes: { size: '13 inch', RAM: '8GB', ...shared },
        stock: 100,
      },
      {
        ...common,
        line: 3,
        sku: 'L2',
        name: 'Laptop - 15 inch / 8GB',
        price: { currency: 'EUR', amount: 139950 },
        attributes: { size: '15 inch', RAM: '8GB', ...shared, color: 'grey' },
        stock: 7,
      },
    ]);
  });

  it('makes a sku from the slug, and the slug from the name', async () => {
    const rows = csv('Big Lamp,,,,colour,warm white,,5,1,', 'Lamp,lamp-2,,,,,,5,1,');
    const { items } = await readCatalogue('vendure', rows);
    expect(items.map(({ sku }) => sku)).toEqual(['big-lamp-warm-white', 'lamp-2']);
  });

  it('notes option values that do not fit the groups, and a variant without a product', async () => {
    const { notes } = await readCatalogue('vendure', csv(',,,,,,X,5,1,', 'Lamp,lamp,,,colour,a|b,Y,5,1,'));
    expect(notes).toMatchObject([
      { kind: 'error', line: 2, message: expect.stringContaining('follows no product') as string },
      { kind: 'error', line: 3, message: 'there are 2 option values for 1 option groups' },
    ]);
  });
});
