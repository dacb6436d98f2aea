import {
  OrderServiceService,
  OrderStatus as StatusMessage,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { requireOwner } from '@tradewind/shared/auth';
import { invalid } from '@tradewind/shared/errors';
import { requirePrincipal, service, type AccessTable, type ServedService } from '@tradewind/shared/grpc';
import { pageSize } from '@tradewind/shared/mongo';
import type { OrderStatus } from '../domain/order.ts';
import type { OrderStore } from '../outbound/order-store.ts';
import type { ChangeOrder } from '../usecases/change-order.ts';
import type { PlaceOrder } from '../usecases/place-order.ts';
import { toCommand, toMessage } from './messages.ts';
import { placeMany } from './place-many.ts';

export interface OrderServiceDeps extends ChangeOrder {
  readonly place: PlaceOrder;
  readonly list: OrderStore['list'];
}

const people = { from: ['gateway'], user: 'required' } as const;

const access: AccessTable<OrderServiceServer> = {
  createOrder: people,
  // Each of its orders brings a token of its own.
  createOrders: { from: ['gateway'], user: 'none' },
  getOrder: people,
  getOrdersByUser: people,
  updateOrder: people,
  updateOrderStatus: people,
  deleteOrder: people,
};

export function orderService({ place, list, ...change }: OrderServiceDeps): ServedService {
  return service<OrderServiceServer>(OrderServiceService, access, {
    createOrder: async (request, call) =>
      toMessage(await place(toCommand(requirePrincipal(call), request), call.signal)),
    createOrders: placeMany(place),
    getOrder: async ({ id }, call) => toMessage(await change.read(requirePrincipal(call), id)),
    getOrdersByUser: async ({ userId: asked, pageSize: size, pageToken, status, offset }, call) => {
      const principal = requirePrincipal(call);
      const userId = asked === '' ? principal.userId : asked;
      requireOwner(principal, userId);
      if (offset < 0 || offset > 10_000) throw invalid('offset', 'must be 0 to 10000; use the page token');
      if (offset > 0 && pageToken !== '') throw invalid('offset', 'does not go with a page token');
      const query = { userId, status: fromStatus(status), size: pageSize(size), pageToken, offset };
      const { orders, nextPageToken } = await list(query);
      return { orders: orders.map(toMessage), nextPageToken };
    },
    updateOrder: async ({ id, address, note }, call) =>
      toMessage(await change.amend(requirePrincipal(call), id, { address, note })),
    updateOrderStatus: async ({ id, status, reason }, call) => {
      const principal = requirePrincipal(call);
      const to = fromStatus(status);
      if (to === 'CANCELLED') return toMessage(await change.cancel(principal, id, reason));
      if (to === 'COMPLETED') return toMessage(await change.complete(principal, id));
      throw invalid('status', 'can be set to COMPLETED or CANCELLED');
    },
    deleteOrder: async ({ id }, call) => toMessage(await change.cancel(requirePrincipal(call), id, '')),
  });
}

function fromStatus(status: StatusMessage): OrderStatus | undefined {
  switch (status) {
    case StatusMessage.UNSPECIFIED:
      return undefined;
    case StatusMessage.PENDING:
      return 'PENDING';
    case StatusMessage.CONFIRMED:
      return 'CONFIRMED';
    case StatusMessage.COMPLETED:
      return 'COMPLETED';
    case StatusMessage.CANCELLED:
      return 'CANCELLED';
  }
}
