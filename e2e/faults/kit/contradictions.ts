import type { Answers, Offer } from './answers.ts';
import type { Line, OrderStatus } from './client.ts';

/** An order as the database has it. */
export interface StoredOrder {
  readonly id: string;
  readonly key: string;
  readonly status: OrderStatus;
  readonly lines: readonly Line[];
  /** How many events it owes. */
  readonly owed: number;
}

export interface Stored {
  /** All orders of the load's buyer, and all others for its products. */
  readonly orders: readonly StoredOrder[];
  /** By product. */
  readonly onHand: ReadonlyMap<string, number>;
}

export interface Expected {
  /** Units by product before the load. */
  readonly units: ReadonlyMap<string, number>;
  /** Whether a product may run out; otherwise nothing may be refused. */
  readonly mayRunOut: boolean;
}

/** All that the shop has told its clients, compared with what it has stored: one line for each difference. */
export function contradictions(stored: Stored, answers: Answers, expected: Expected): string[] {
  const byKey = Map.groupBy(stored.orders, ({ key }) => key);
  const ofOffers = [...answers.offers.values()].flatMap((offer) =>
    aboutOffer(offer, byKey.get(offer.key) ?? [], expected),
  );
  const uninvited = stored.orders
    .filter(({ key }) => !answers.offers.has(key))
    .map(({ id }) => `order ${id}: nobody asked for it`);
  return [...answers.contradictions, ...ofOffers, ...uninvited, ...aboutStock(stored, answers, expected)];
}

function aboutOffer(offer: Offer, found: readonly StoredOrder[], { mayRunOut }: Expected): string[] {
  const { key, orderId, first } = offer;
  const [order, ...others] = found;
  const say = (...problems: readonly (string | false)[]) =>
    problems.filter((problem) => problem !== false).map((problem) => `order ${key}: ${problem}`);
  const refusal = !mayRunOut && offer.refused && 'refused, with plenty in stock';
  if (!order) return say(refusal, orderId !== undefined && `accepted as ${orderId}, and lost`);
  return say(
    refusal,
    others.length > 0 && `there ${found.length} times`,
    orderId === undefined && first !== 'unclear' && `refused, but it is there as ${order.id}`,
    orderId !== undefined && orderId !== order.id && `accepted as ${orderId}, stored as ${order.id}`,
    linesOf(order) !== linesOf(offer) && `has ${linesOf(order)} instead of ${linesOf(offer)}`,
    order.status === 'PENDING' && 'not settled',
    order.owed > 0 && `still owes ${order.owed} events`,
    ...aboutStatus(offer, order.status, mayRunOut),
  );
}

function aboutStatus(offer: Offer, status: OrderStatus, mayRunOut: boolean): (string | false)[] {
  const { told, cancelAsked, cancelAcknowledged } = offer;
  const isCancelled = status === 'CANCELLED';
  return [
    cancelAcknowledged && !isCancelled && `${status}, after its cancellation was acknowledged`,
    !cancelAsked && isCancelled && told.has('CONFIRMED') && 'CANCELLED, after it was CONFIRMED',
    !cancelAsked && isCancelled && !mayRunOut && 'CANCELLED, with plenty in stock',
    told.has('CANCELLED') && !isCancelled && `${status}, after it was CANCELLED`,
  ];
}

function aboutStock({ orders, onHand }: Stored, answers: Answers, { units }: Expected): string[] {
  const sold = new Map<string, number>();
  for (const { status, lines } of orders) {
    if (status !== 'CONFIRMED' && status !== 'COMPLETED') continue;
    for (const { productId, quantity } of lines) sold.set(productId, (sold.get(productId) ?? 0) + quantity);
  }
  return [...units].flatMap(([productId, before]) => {
    const left = before + answers.restocked(productId) - (sold.get(productId) ?? 0);
    const found = onHand.get(productId);
    if (found === left && found >= 0) return [];
    return [`product ${productId}: ${found ?? 'nothing'} on hand instead of ${left}`];
  });
}

const linesOf = ({ lines }: { readonly lines: readonly Line[] }): string =>
  lines
    .map(({ productId, quantity }) => `${quantity} × ${productId}`)
    .toSorted()
    .join(', ');
