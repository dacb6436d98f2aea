import { createHash } from 'node:crypto';
import { TradewindError } from '@tradewind/shared/errors';
import { owe, type OwedEvent } from '@tradewind/shared/outbox';
import {
  checkAddress,
  checkLines,
  checkNote,
  type Address,
  type Line,
  type Money,
  type Order,
  type Shortage,
} from '../domain/order.ts';
import { checkText } from '../domain/text.ts';
import type { PriceOrder } from './price-order.ts';

export interface PlaceOrderCommand {
  readonly userId: string;
  /** The client's; empty means none. */
  readonly idempotencyKey: string;
  /** For an order without a key, the same whenever its call is repeated; empty means none. */
  readonly requestId: string;
  readonly lines: readonly Line[];
  readonly expectedTotal: Money | undefined;
  readonly address: Address | undefined;
  readonly note: string;
}

/** An order with what its key stands for. */
export interface KeyedOrder {
  readonly order: Order;
  readonly fingerprint: string;
}

/** An order on its way into the books. */
export interface Placing extends KeyedOrder {
  readonly key: string;
  readonly owed: readonly OwedEvent[];
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface PlaceOrderDeps {
  readonly orders: {
    findByKey: (userId: string, key: string) => Promise<KeyedOrder | undefined>;
    /**
     * Stores the order with what it owes; a key that is taken gives the first order instead.
     * @throws what the signal aborted with, unless the write has been sent by then
     */
    insertOnce: (placing: Placing) => Promise<KeyedOrder>;
  };
  readonly price: PriceOrder;
  /** May reject early, never accepts: no answer in time counts as no shortage. */
  readonly checkStock: (lines: readonly Line[], signal: AbortSignal) => Promise<readonly Shortage[]>;
  readonly newId: () => string;
  readonly now: () => Date;
  readonly count: (outcome: 'placed' | 'short') => void;
}

export type PlaceOrder = (command: PlaceOrderCommand, signal: AbortSignal) => Promise<Order>;

/**
 * Accepts an order: from here on it is never lost. A repeat of a key answers with the same order in its present state; a
 * refusal writes nothing, so it does not use the key up.
 */
export function placeOrder(deps: PlaceOrderDeps): PlaceOrder {
  return async (command, signal) => {
    const id = deps.newId();
    const clientKey = keyOf('client', 'idempotency_key', command.idempotencyKey);
    // Hardly ever a repeat: the write finds out.
    const key = clientKey ?? keyOf('request', 'request_id', command.requestId) ?? id;
    const fingerprint = fingerprintOf(command);
    if (clientKey !== undefined) {
      const first = await deps.orders.findByKey(command.userId, key);
      if (first) return same(first, fingerprint);
    }
    const lines = checkLines(command.lines);
    const note = checkNote(command.note);
    const address = command.address && checkAddress(command.address);
    const { items, total } = await deps.price(lines, command.expectedTotal, signal);
    const shortages = await deps.checkStock(lines, signal);
    if (shortages.length > 0) {
      // A repeat may have taken what it finds missing itself, a moment ago. What is still on the wire from an attempt that
      // gave up cannot be seen; only a refusal that uses the key up could keep it out.
      const first = key === id ? undefined : await deps.orders.findByKey(command.userId, key);
      if (first) return same(first, fingerprint);
      deps.count('short');
      throw new TradewindError('OUT_OF_STOCK', 'not everything is in stock', {
        details: { shortages: shortages.map(toJson) },
      });
    }
    const at = deps.now();
    const { userId } = command;
    const order: Order = {
      id,
      userId,
      status: 'PENDING',
      items,
      total,
      address,
      note,
      shortages: [],
      actions: [{ action: 'PLACED', at, actor: userId, detail: '' }],
      createdAt: at,
      updatedAt: at,
    };
    const created = owe('order.created', { orderId: id, items: [...lines], userId }, 'effect', at);
    const stored = await deps.orders.insertOnce({ key, fingerprint, order, owed: [created], signal });
    if (stored.order.id === id) deps.count('placed');
    return same(stored, fingerprint);
  };
}

function same(first: KeyedOrder, fingerprint: string): Order {
  if (first.fingerprint === fingerprint) return first.order;
  throw new TradewindError('IDEMPOTENCY_KEY_REUSED', 'this key was used for another order', {
    details: { order_id: first.order.id },
  });
}

/** Kinds of keys are kept apart, and from order ids, which stand for orders without one. */
function keyOf(kind: 'client' | 'request', field: string, key: string): string | undefined {
  checkText(field, key, 200);
  return key === '' ? undefined : `${kind}:${key}`;
}

/** Of what the client asked for. The version says how it was made, so that a later release can compare older ones. */
function fingerprintOf({ lines, expectedTotal, address, note }: PlaceOrderCommand): string {
  const body = JSON.stringify([
    lines.map(({ productId, quantity }) => [productId, quantity]),
    expectedTotal ? [expectedTotal.currency, expectedTotal.amount] : null,
    address
      ? [address.name, address.line1, address.line2, address.city, address.postalCode, address.country]
      : null,
    note,
  ]);
  return `v1:${createHash('sha256').update(body).digest('base64url')}`;
}

const toJson = ({ productId: product_id, ...rest }: Shortage) => ({ product_id, ...rest });
