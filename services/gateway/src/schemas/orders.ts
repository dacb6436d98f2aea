import { Type, type Static } from '@fastify/type-provider-typebox';
import { cursor, id, limit, Money, nextCursor, offset, Problem } from './common.ts';
import { choice, closed, line, nullable, ref, text, timestamp } from './kit.ts';

const optionalLine = (max: number, description: string, example: string) =>
  line({ min: 0, max, description, examples: [example] });

export const Address = closed(
  {
    name: line({ max: 200, description: 'Who receives it.', examples: ['Ada Lovelace'] }),
    line1: line({ max: 200, description: 'Street and number.', examples: ['12 St James Square'] }),
    line2: Type.Optional(optionalLine(200, 'Anything else.', 'Second floor')),
    city: line({ max: 200, description: 'Town.', examples: ['London'] }),
    postal_code: optionalLine(20, 'Where there is one.', 'SW1Y 4JH'),
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2.', examples: ['GB'] }),
  },
  { $id: 'Address', description: 'Where it goes.' },
);

export const Shortage = closed(
  {
    product_id: id('The product.'),
    requested: Type.Integer({ description: 'Units asked for.', examples: [5] }),
    available: Type.Integer({ description: 'Units on hand; 0 when unknown or archived.', examples: [2] }),
    reason: Type.String({
      description: 'OUT_OF_STOCK, UNKNOWN_PRODUCT or ARCHIVED.',
      examples: ['OUT_OF_STOCK'],
    }),
  },
  { $id: 'Shortage', description: 'What could not be had.' },
);

const OrderItem = closed(
  {
    product_id: id('The product.'),
    sku: Type.String({ description: 'Its sku when it was ordered.', examples: ['PHONE-128-BLACK'] }),
    name: Type.String({ description: 'Its name when it was ordered.', examples: ['Phone, 128 GB, black'] }),
    quantity: Type.Integer({ description: 'Units.', examples: [2] }),
    unit_price: Type.Integer({
      description: 'Per unit, in minor units of the currency of the order.',
      examples: [49900],
    }),
    product_version: Type.Integer({
      description: 'The version of the product that was priced.',
      examples: [3],
    }),
  },
  { $id: 'OrderItem', description: 'A line of an order.' },
);

const OrderAction = closed(
  {
    action: Type.String({
      description: 'PLACED, CONFIRMED, REJECTED, CANCELLED, COMPLETED or UPDATED.',
      examples: ['PLACED'],
    }),
    at: nullable(timestamp('When.')),
    actor: Type.String({ description: 'A user id, or the service that acted.', examples: ['inventory'] }),
    detail: Type.String({ description: 'What else is to be said.' }),
  },
  { $id: 'OrderAction', description: 'Something that happened to an order.' },
);

const status = choice(['PENDING', 'CONFIRMED', 'COMPLETED', 'CANCELLED'], {
  description: 'PENDING until stock is reserved, then CONFIRMED; COMPLETED when delivered.',
});

export const Order = closed(
  {
    id: id('Stays for ever.'),
    user_id: id('Who ordered.'),
    status,
    items: Type.Array(ref(OrderItem), { description: 'One line a product.' }),
    total: ref(Money, { description: 'What it costs.' }),
    address: nullable(ref(Address)),
    note: Type.String({ description: 'From whoever ordered.' }),
    shortages: Type.Array(ref(Shortage), { description: 'Why stock refused it; empty otherwise.' }),
    actions: Type.Array(ref(OrderAction), { description: 'What happened to it, oldest first.' }),
    created_at: nullable(timestamp('When it was placed.')),
    updated_at: nullable(timestamp('When it last changed.')),
  },
  { $id: 'Order', description: 'An order with its history.' },
);

const note = text({ max: 1000, description: 'A word to the shop.', examples: ['Please ring twice.'] });

export const NewOrder = closed(
  {
    items: Type.Array(
      closed(
        {
          product_id: id('The product.'),
          quantity: Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Units.', examples: [2] }),
        },
        { description: 'A line.' },
      ),
      { minItems: 1, maxItems: 100, description: 'Lines of one product are merged.' },
    ),
    total: Type.Optional(
      ref(Money, { description: 'What you think it costs; the order is refused if it does not.' }),
    ),
    address: Type.Optional(ref(Address)),
    note: Type.Optional(note),
    user_id: Type.Optional(id('Nobody but you: the user of the access token.')),
  },
  {
    $id: 'NewOrder',
    description: 'What to order.',
    examples: [{ items: [{ product_id: '019aa1c4-5d2e-7c1b-9f3a-2b6d8e4f7a10', quantity: 2 }] }],
  },
);

export const OrderChange = closed(
  { address: Type.Optional(ref(Address)), note: Type.Optional(note) },
  {
    $id: 'OrderChange',
    minProperties: 1,
    description: 'What may change while the order is PENDING.',
    examples: [{ note: 'Please ring twice.' }],
  },
);

export const StatusChange = closed(
  {
    status: choice(['PENDING', 'CONFIRMED', 'COMPLETED', 'CANCELLED'], {
      description: 'CANCELLED, by the owner and by admins, or COMPLETED, by admins; any other is refused.',
      examples: ['CANCELLED'],
    }),
    reason: Type.Optional(text({ max: 500, description: 'Why.', examples: ['changed my mind'] })),
  },
  { $id: 'StatusChange', description: 'The status to reach.' },
);

export const OrderQuery = closed({
  limit,
  cursor,
  offset,
  status: Type.Optional(status),
  user_id: Type.Optional(id('Whose orders; by default your own. For admins.')),
});

export const OrderPage = closed(
  { items: Type.Array(ref(Order), { description: 'Newest first.' }), next_cursor: nextCursor },
  { $id: 'OrderPage', description: 'Some orders.' },
);

export const OrderRefused = Type.Intersect(
  [
    ref(Problem),
    Type.Object({
      order_id: Type.Optional(id('The order, which is CANCELLED.')),
      shortages: Type.Optional(Type.Array(ref(Shortage), { description: 'What could not be had.' })),
    }),
  ],
  { $id: 'OrderRefused', description: 'Why the order was not confirmed.' },
);

export type Order = Static<typeof Order>;
export type Shortage = Static<typeof Shortage>;
export type Address = Static<typeof Address>;
export const orderSchemas = [
  Address,
  Shortage,
  OrderItem,
  OrderAction,
  Order,
  NewOrder,
  OrderChange,
  StatusChange,
  OrderPage,
  OrderRefused,
];
