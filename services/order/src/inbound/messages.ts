import {
  OrderStatus as StatusMessage,
  type CreateOrderRequest,
  type Order as OrderMessage,
} from '@tradewind/proto/order/v1/order';
import type { Principal } from '@tradewind/shared/auth';
import type { Order } from '../domain/order.ts';
import type { PlaceOrderCommand } from '../usecases/place-order.ts';

export const toCommand = (
  { userId }: Principal,
  { idempotencyKey, requestId = '', items: lines, expectedTotal, address, note }: CreateOrderRequest,
): PlaceOrderCommand => ({ userId, idempotencyKey, requestId, lines, expectedTotal, address, note });

export const toMessage = (order: Order): OrderMessage => ({
  ...order,
  status: StatusMessage[order.status],
  address: order.address,
  items: [...order.items],
  shortages: [...order.shortages],
  actions: [...order.actions],
});
