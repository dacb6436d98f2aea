import { invalid, TradewindError } from '@tradewind/shared/errors';
import { checkText } from './text.ts';

/** PENDING → CONFIRMED → COMPLETED; PENDING → CANCELLED; CONFIRMED → CANCELLED. Nothing else. */
export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'COMPLETED' | 'CANCELLED';

const transitions: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['CONFIRMED', 'CANCELLED'],
  CONFIRMED: ['COMPLETED', 'CANCELLED'],
  COMPLETED: [],
  CANCELLED: [],
};

export const mayBecome = (from: OrderStatus, to: OrderStatus): boolean => transitions[from].includes(to);

/** The states that may become this one. */
export const statesBefore = (to: OrderStatus): OrderStatus[] =>
  (Object.keys(transitions) as OrderStatus[]).filter((from) => mayBecome(from, to));

export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export interface OrderItem extends Line {
  readonly sku: string;
  readonly name: string;
  /** Per unit, in minor units. */
  readonly unitPrice: number;
  /** The product version that was priced. */
  readonly productVersion: number;
}

export interface Money {
  readonly currency: string;
  readonly amount: number;
}

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
}

export interface Shortage {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
  readonly reason: string;
}

/** What is short for one order alone, from the answer for several together. */
export function ownShortages(lines: readonly Line[], together: readonly Shortage[]): Shortage[] {
  return together.flatMap((shortage) => {
    const requested = lines
      .filter(({ productId }) => productId === shortage.productId)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    return requested > shortage.available ? [{ ...shortage, requested }] : [];
  });
}

export type ActionName = 'PLACED' | 'CONFIRMED' | 'REJECTED' | 'CANCELLED' | 'COMPLETED' | 'UPDATED';

/** One entry of the order's log. */
export interface OrderAction {
  readonly action: ActionName;
  readonly at: Date;
  /** A user id, or the service that acted. */
  readonly actor: string;
  readonly detail: string;
}

export interface Order {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly total: Money;
  readonly address?: Address | undefined;
  readonly note: string;
  readonly shortages: readonly Shortage[];
  readonly actions: readonly OrderAction[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const maxLines = 100;
const maxQuantity = 1_000_000;

/**
 * The lines of an order, those of one product merged.
 * @throws TradewindError INVALID_ARGUMENT naming the line
 */
export function checkLines(lines: readonly Line[]): Line[] {
  if (lines.length < 1 || lines.length > maxLines) throw invalid('items', `must be 1 to ${maxLines}`);
  const quantities = new Map<string, number>();
  for (const [index, { productId, quantity }] of lines.entries()) {
    if (!/^[\w-]{1,64}$/.test(productId)) throw invalid(`items[${index}].product_id`, 'is not a product id');
    const sum = (quantities.get(productId) ?? 0) + quantity;
    if (!Number.isInteger(quantity) || quantity < 1 || sum > maxQuantity) {
      throw invalid(
        `items[${index}].quantity`,
        `must be 1 to ${maxQuantity}, all lines of a product together`,
      );
    }
    quantities.set(productId, sum);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

/** @throws TradewindError INVALID_ARGUMENT naming the field */
export const checkNote = (note: string): string => checkText('note', note, 1_000);

/** @throws TradewindError INVALID_ARGUMENT naming the field */
export function checkAddress(address: Address): Address {
  const required = ['name', 'line1', 'city', 'country'] as const;
  const empty = required.find((field) => address[field].trim() === '');
  if (empty) throw invalid(`address.${empty}`, 'must not be empty');
  for (const { field, text } of textsOf(address)) checkText(`address.${field}`, text, 200);
  if (!/^[A-Z]{2}$/.test(address.country))
    throw invalid('address.country', 'must be two letters (ISO 3166-1)');
  return address;
}

const textsOf = ({ name, line1, line2, city, postalCode }: Address) => [
  { field: 'name', text: name },
  { field: 'line1', text: line1 },
  { field: 'line2', text: line2 },
  { field: 'city', text: city },
  { field: 'postal_code', text: postalCode },
];

/**
 * The sum of the items, in one currency.
 * @throws TradewindError UNPRICEABLE for several currencies, or a sum beyond 2^53-1
 */
export function totalOf(items: readonly OrderItem[], currencies: readonly string[]): Money {
  const [currency, ...others] = [...new Set(currencies)];
  if (currency === undefined || others.length > 0) {
    throw new TradewindError('UNPRICEABLE', 'an order has one currency; these products have several', {
      fields: [{ field: 'items', message: `are priced in ${[currency, ...others].join(' and ')}` }],
    });
  }
  // In BigInt, since the sum may pass the largest exact number before it is compared.
  const amount = items.reduce(
    (sum, { quantity, unitPrice }) => sum + BigInt(quantity) * BigInt(unitPrice),
    0n,
  );
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new TradewindError('UNPRICEABLE', 'the total is too large', {
      fields: [{ field: 'items', message: 'cost more than can be counted' }],
    });
  }
  return { currency, amount: Number(amount) };
}

/** @throws TradewindError ILLEGAL_STATE */
export function illegalChange(order: Pick<Order, 'id' | 'status'>, to: string): TradewindError {
  const detail = `an order that is ${order.status} cannot become ${to}`;
  return new TradewindError('ILLEGAL_STATE', detail, {
    details: { order_id: order.id, order_status: order.status },
  });
}
