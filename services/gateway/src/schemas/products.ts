import { Type, type Static } from '@fastify/type-provider-typebox';
import { cursor, id, limit, maxAmount, maxUnits, Money, nextCursor, offset } from './common.ts';
import { choice, closed, line, nullable, oneLine, ref, text, timestamp } from './kit.ts';

const sku = (description: string) =>
  Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$',
    description,
    examples: ['PHONE-128-BLACK'],
  });
const name = line({ max: 300, description: 'What people read first.', examples: ['Phone, 128 GB, black'] });
const description = text({ max: 20_000, description: 'What it is.', examples: ['A phone.'] });
const category = line({ max: 100, description: 'Where it is listed.', examples: ['smartphones'] });
const price = ref(Money, { description: 'Per unit.' });
const attributes = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: 50,
  propertyNames: { type: 'string', minLength: 1, maxLength: 64, pattern: oneLine },
  additionalProperties: { type: 'string', maxLength: 500, pattern: oneLine },
  description: 'Anything else that is known of it, by name.',
  examples: [{ colour: 'black' }],
});

export const Product = closed(
  {
    id: id('Stays for ever.'),
    sku: Type.String({ description: 'The unique key that people use.', examples: ['PHONE-128-BLACK'] }),
    name: Type.String({ description: 'What people read first.', examples: ['Phone, 128 GB, black'] }),
    description: Type.String({ description: 'What it is.', examples: ['A phone.'] }),
    category: Type.String({ description: 'Where it is listed.', examples: ['smartphones'] }),
    price,
    attributes: Type.Record(Type.String(), Type.String(), {
      description: 'Anything else that is known of it, by name.',
      examples: [{ colour: 'black' }],
    }),
    owner_id: id('The user who created it.'),
    archived: Type.Boolean({ description: 'Archived products take no new orders.' }),
    version: Type.Integer({ description: 'Rises with every change, except of stock.', examples: [3] }),
    on_hand: Type.Integer({ description: 'Units in stock.', examples: [120] }),
    created_at: nullable(timestamp('When it was created.')),
    updated_at: nullable(timestamp('When it was last changed.')),
  },
  { $id: 'Product', description: 'Something to order.' },
);

export const NewProduct = closed(
  {
    sku: sku('The unique key that people use.'),
    name,
    description: Type.Optional(description),
    category,
    price,
    attributes: Type.Optional(attributes),
    initial_stock: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: maxUnits,
        description: 'Units; its first movement.',
        examples: [100],
      }),
    ),
  },
  {
    $id: 'NewProduct',
    description: 'A product to create.',
    examples: [
      {
        sku: 'PHONE-128-BLACK',
        name: 'Phone, 128 GB, black',
        category: 'smartphones',
        price: { currency: 'EUR', amount: 49900 },
        initial_stock: 100,
      },
    ],
  },
);

export const ProductChange = closed(
  {
    name: Type.Optional(name),
    description: Type.Optional(description),
    category: Type.Optional(category),
    price: Type.Optional(price),
    attributes: Type.Optional(attributes),
    expected_version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: maxAmount,
        description: 'Refuses the change unless the product still has this version.',
        examples: [3],
      }),
    ),
  },
  {
    $id: 'ProductChange',
    minProperties: 1,
    description: 'The fields to change; the others stay. Attributes are replaced as a whole.',
    examples: [{ price: { currency: 'EUR', amount: 44900 } }],
  },
);

const amount = (words: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: maxAmount, description: words, examples: [10_000] }));

export const ProductQuery = closed({
  limit,
  cursor,
  offset,
  q: Type.Optional(
    line({ max: 200, description: 'Words that name, description or sku contain.', examples: ['phone'] }),
  ),
  category: Type.Optional(category),
  min_price: amount('Lowest price in minor units.'),
  max_price: amount('Highest price in minor units.'),
  sort: Type.Optional(
    choice(['newest', 'price', '-price', 'name'], {
      description: 'The order; by default the best matches of `q`, else the newest first.',
    }),
  ),
  in_stock: Type.Optional(Type.Boolean({ description: 'Only what is in stock.' })),
  sku: Type.Optional(sku('The one product with this sku, archived or not; other filters are left out.')),
});

export const ProductPage = closed(
  { items: Type.Array(ref(Product), { description: 'In the order asked for.' }), next_cursor: nextCursor },
  { $id: 'ProductPage', description: 'Some products.' },
);

export type Product = Static<typeof Product>;
export type ProductQuery = Static<typeof ProductQuery>;
export const productSchemas = [Product, NewProduct, ProductChange, ProductPage];
