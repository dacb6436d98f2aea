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

export interface PlaceOrderDeps {
  readonly orders: {
    findByKey: (userId: string, key: string) => Promise<KeyedOrder | undefined>;
    /** Stores the order with what it owes; a key that is taken gives the first order instead. */
    insertOnce: (
      key: string,
      fingerprint: string,
      order: Order,
      owed: readonly OwedEvent[],
    ) => Promise<KeyedOrder>;
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
    const key = keyOf(command.idempotencyKey) ?? id;
    const fingerprint = fingerprintOf(command);
    if (key !== id) {
      const first = await deps.orders.findByKey(command.userId, key);
      if (first) return same(first, fingerprint);
    }
    const lines = checkLines(command.lines);
    const note = checkNote(command.note);
    const address = command.address && checkAddress(command.address);
    const { items, total } = await deps.price(lines, command.expectedTotal, signal);
    const shortages = await deps.checkStock(lines, signal);
    if (shortages.length > 0) {
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
    const stored = await deps.orders.insertOnce(key, fingerprint, order, [created]);
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

function keyOf(key: string): string | undefined {
  checkText('idempotency_key', key, 200);
  // Beside order ids, which stand for orders without a key.
  return key === '' ? undefined : `client:${key}`;
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
