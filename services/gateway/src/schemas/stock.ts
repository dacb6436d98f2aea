import { Type, type Static } from '@fastify/type-provider-typebox';
import { cursor, id, limit, maxUnits, nextCursor } from './common.ts';
import { closed, nullable, ref, text, timestamp } from './kit.ts';

export const Movement = closed(
  {
    product_id: id('The product.'),
    sequence: Type.Integer({ description: 'Counts the movements of the product: 1, 2, 3, without gaps.' }),
    kind: Type.String({
      description: 'ORDER, RELEASE, INITIAL, ADJUSTMENT, DECREASE or RESTOCK.',
      examples: ['ORDER'],
    }),
    source: Type.String({ description: 'An order id, or who asked and under which key.' }),
    quantity: Type.Integer({ description: 'Units, below zero when they left.', examples: [-2] }),
    balance: Type.Integer({ description: 'Units on hand after it.', examples: [118] }),
    reason: Type.String({ description: 'Why, in the words of whoever asked.', examples: ['delivery 4711'] }),
    at: nullable(timestamp('When it was booked.')),
  },
  { $id: 'Movement', description: 'A row of the ledger.' },
);

const level = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: maxUnits, description, examples: [100] }));

export const StockChange = closed(
  {
    delta: Type.Optional(
      Type.Integer({
        minimum: -maxUnits,
        maximum: maxUnits,
        description: 'Units to add, or below zero to take.',
        examples: [25],
      }),
    ),
    set_to: level('The counted level; the movement is the difference.'),
    up_to: level('Fills up to this level, and changes nothing when it is reached.'),
    reason: Type.Optional(text({ max: 500, description: 'Why.', examples: ['delivery 4711'] })),
  },
  {
    $id: 'StockChange',
    description: 'One of `delta`, `set_to` and `up_to`.',
    oneOf: [{ required: ['delta'] }, { required: ['set_to'] }, { required: ['up_to'] }],
    examples: [{ delta: 25, reason: 'delivery 4711' }],
  },
);

export const StockChanged = closed(
  {
    movement: nullable(ref(Movement)),
    on_hand: Type.Integer({ description: 'Units on hand now.', examples: [125] }),
  },
  { $id: 'StockChanged', description: 'The movement, or null when the level needed none.' },
);

export const MovementQuery = closed({ limit, cursor });

export const MovementPage = closed(
  { items: Type.Array(ref(Movement), { description: 'Newest first.' }), next_cursor: nextCursor },
  { $id: 'MovementPage', description: 'Some rows of a ledger.' },
);

export type Movement = Static<typeof Movement>;
export type StockChange = Static<typeof StockChange>;
export const stockSchemas = [Movement, StockChange, StockChanged, MovementPage];
