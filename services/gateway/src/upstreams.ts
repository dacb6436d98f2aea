import {
  InventoryServiceDefinition,
  InventoryServiceService,
  ProductServiceDefinition,
  ProductServiceService,
  type InventoryServiceServer,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import {
  MailerServiceDefinition,
  MailerServiceService,
  type MailerServiceServer,
} from '@tradewind/proto/notification/v1/notification';
import {
  OrderServiceDefinition,
  OrderServiceService,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import {
  UserServiceDefinition,
  UserServiceService,
  type UserServiceServer,
} from '@tradewind/proto/user/v1/user';
import { grpcClient, type GrpcClient } from '@tradewind/shared/grpc';
import type { GatewayConfig } from './config.ts';

/** The services behind the gateway. */
export interface Upstreams extends AsyncDisposable {
  readonly users: GrpcClient<UserServiceServer>;
  readonly products: GrpcClient<ProductServiceServer>;
  readonly inventory: GrpcClient<InventoryServiceServer>;
  readonly orders: GrpcClient<OrderServiceServer>;
  readonly mailer: GrpcClient<MailerServiceServer>;
}

/** Connects in the background: a service that is away answers UNAVAILABLE until it is back. */
export function connectUpstreams({
  targets,
  serviceKey: key,
  tls,
}: Pick<GatewayConfig, 'targets' | 'serviceKey' | 'tls'>): Upstreams {
  const stack = new AsyncDisposableStack();
  const at = (target: string) => ({ target, caller: 'gateway', key, tls }) as const;
  return {
    users: stack.use(
      grpcClient<UserServiceServer>(UserServiceService, UserServiceDefinition, at(targets.user)),
    ),
    products: stack.use(
      grpcClient<ProductServiceServer>(
        ProductServiceService,
        ProductServiceDefinition,
        at(targets.inventory),
      ),
    ),
    inventory: stack.use(
      grpcClient<InventoryServiceServer>(
        InventoryServiceService,
        InventoryServiceDefinition,
        at(targets.inventory),
      ),
    ),
    orders: stack.use(
      grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, at(targets.order)),
    ),
    mailer: stack.use(
      grpcClient<MailerServiceServer>(MailerServiceService, MailerServiceDefinition, at(targets.mailer)),
    ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
