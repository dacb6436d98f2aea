import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  InventoryServiceDefinition,
  InventoryServiceService,
  type InventoryServiceServer,
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
import { grpcClient } from '@tradewind/shared/grpc';
import type { Shop } from './shop.ts';

/** The services behind the gateway, called as the gateway calls them. */
export async function connectServices(shop: Shop) {
  const secrets = JSON.parse(await readFile(join(shop.dir, 'secrets.json'), 'utf8')) as {
    readonly service_keys: { readonly gateway: string };
  };
  const at = (port: number) => {
    const key = secrets.service_keys.gateway;
    return { target: `127.0.0.1:${port}`, caller: 'gateway' as const, key };
  };
  const { inventory, notification, order, user } = shop.ports;
  const stack = new AsyncDisposableStack();
  return {
    users: stack.use(grpcClient<UserServiceServer>(UserServiceService, UserServiceDefinition, at(user))),
    orders: stack.use(grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, at(order))),
    stock: stack.use(
      grpcClient<InventoryServiceServer>(InventoryServiceService, InventoryServiceDefinition, at(inventory)),
    ),
    mailer: stack.use(
      grpcClient<MailerServiceServer>(MailerServiceService, MailerServiceDefinition, at(notification)),
    ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
