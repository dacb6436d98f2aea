import type { Shortage as ShortageMessage } from '@tradewind/proto/inventory/v1/inventory';
import type {
  Address as AddressMessage,
  Order as OrderMessage,
  OrderStatus,
} from '@tradewind/proto/order/v1/order';
import { TradewindError } from '@tradewind/shared/errors';
import type { Address, Order, Shortage } from '../schemas/orders.ts';
import { presentMoney } from './product.ts';
import { presentTime } from './time.ts';

const statuses = {
  ORDER_STATUS_PENDING: 'PENDING',
  ORDER_STATUS_CONFIRMED: 'CONFIRMED',
  ORDER_STATUS_COMPLETED: 'COMPLETED',
  ORDER_STATUS_CANCELLED: 'CANCELLED',
} as const satisfies Partial<Record<OrderStatus, Order['status']>>;

/** What the order service calls the status. */
export const statusOf = {
  PENDING: 'ORDER_STATUS_PENDING',
  CONFIRMED: 'ORDER_STATUS_CONFIRMED',
  COMPLETED: 'ORDER_STATUS_COMPLETED',
  CANCELLED: 'ORDER_STATUS_CANCELLED',
} as const;

export const addressMessage = (address: Address): AddressMessage => ({
  name: address.name,
  line1: address.line1,
  line2: address.line2 ?? '',
  city: address.city,
  postalCode: address.postal_code,
  country: address.country,
});

const presentAddress = (address: AddressMessage): Address => ({
  name: address.name,
  line1: address.line1,
  line2: address.line2,
  city: address.city,
  postal_code: address.postalCode,
  country: address.country,
});

const presentShortage = (shortage: ShortageMessage): Shortage => ({
  product_id: shortage.productId,
  requested: shortage.requested,
  available: shortage.available,
  reason: shortage.reason,
});

export function presentOrder(order: OrderMessage): Order {
  if (order.status === 'ORDER_STATUS_UNSPECIFIED') {
    throw new TradewindError('INTERNAL', `order ${order.id} has no status`);
  }
  return {
    id: order.id,
    user_id: order.userId,
    status: statuses[order.status],
    items: order.items.map((item) => ({
      product_id: item.productId,
      sku: item.sku,
      name: item.name,
      quantity: item.quantity,
      unit_price: item.unitPrice,
      product_version: item.productVersion,
    })),
    total: presentMoney(order.total),
    address: order.address ? presentAddress(order.address) : null,
    note: order.note,
    shortages: order.shortages.map(presentShortage),
    actions: order.actions.map(({ action, at, actor, detail }) => ({
      action,
      at: presentTime(at),
      actor,
      detail,
    })),
    created_at: presentTime(order.createdAt),
    updated_at: presentTime(order.updatedAt),
  };
}

/** Why a cancelled order was cancelled, as the answer to whoever placed it. */
export function refusalOf(order: OrderMessage): TradewindError {
  const details = { order_id: order.id };
  if (order.shortages.length > 0) {
    const shortages = order.shortages.map(presentShortage);
    const missing = shortages.map(
      ({ product_id, available, requested }) => `${product_id} (${available} of ${requested})`,
    );
    return new TradewindError('OUT_OF_STOCK', `not enough in stock of ${missing.join(', ')}`, {
      details: { ...details, shortages },
    });
  }
  const reason = order.actions.findLast(
    ({ action }) => action === 'CANCELLED' || action === 'REJECTED',
  )?.detail;
  const why = reason === undefined || reason === '' ? '' : `: ${reason}`;
  return new TradewindError('ORDER_CANCELLED', `the order was cancelled${why}`, { details });
}
