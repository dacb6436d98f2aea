import type { Order } from '@tradewind/proto/order/v1/order';
import { TradewindError } from '@tradewind/shared/errors';
import type { TradingClients } from '../../kit/trading-clients.ts';
import type { Client, OrderStatus } from './client.ts';

/** The services without a gateway, used as the gateway uses them. */
export function tradingClient({ orders, stock, admin }: TradingClients, token: string): Client {
  return {
    order: (idempotencyKey, items) =>
      orders
        .createOrder(
          {
            idempotencyKey,
            items: items.map((line) => ({ ...line })),
            expectedTotal: undefined,
            address: undefined,
            note: '',
          },
          { token },
        )
        .then(
          (order) => ({ kind: 'accepted' as const, orderId: order.id, status: statusOf(order) }),
          (error: unknown) => {
            if (codeOf(error) === 'OUT_OF_STOCK') return { kind: 'refused' as const };
            return orUnclear(error, { kind: 'unclear' as const });
          },
        ),
    cancel: (id) =>
      orders.deleteOrder({ id }, { token }).then(
        () => 'cancelled' as const,
        (error: unknown) => {
          if (codeOf(error) === 'ILLEGAL_STATE') return 'refused' as const;
          return orUnclear(error, 'unclear' as const);
        },
      ),
    restock: (idempotencyKey, productId, units) =>
      stock
        .adjustStock(
          { productId, change: { $case: 'delta', value: units }, idempotencyKey, reason: 'delivery' },
          { token: admin },
        )
        .then(
          () => 'done' as const,
          (error: unknown) => orUnclear(error, 'unclear' as const),
        ),
    read: async (id) => {
      const order = await orders.getOrder({ id }, { token });
      const lines = order.items.map(({ productId, quantity }) => ({ productId, quantity }));
      return { status: statusOf(order), lines };
    },
  };
}

const statusOf = ({ status }: Order): OrderStatus => status.replace('ORDER_STATUS_', '') as OrderStatus;

const codeOf = (error: unknown) => (error instanceof TradewindError ? error.code : undefined);

function orUnclear<T>(error: unknown, unclear: T): T {
  const code = codeOf(error);
  if (code === 'UNAVAILABLE' || code === 'DEADLINE_EXCEEDED') return unclear;
  throw error;
}
