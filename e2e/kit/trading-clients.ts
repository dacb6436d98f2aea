import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Db } from 'mongodb';
import {
  InventoryServiceDefinition,
  InventoryServiceService,
  ProductServiceDefinition,
  ProductServiceService,
  type InventoryServiceServer,
  type Product,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import {
  OrderServiceDefinition,
  OrderServiceService,
  type CreateOrderRequest,
  type Order,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { tokenAudience, tokenIssuer, type Role } from '@tradewind/shared/auth';
import { grpcClient, type Caller, type GrpcClient } from '@tradewind/shared/grpc';
import { connectNats, type Nats } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { deadLetterCount } from './dead-letters.ts';
import { eventually } from './eventually.ts';

const secret = 'a secret that only this test knows, and long enough';
const key = 'key';

/** Who may call whom, and with which tokens, in a shop that `openClients` is to use. */
export const tradingIdentity = {
  JWT_SECRET: secret,
  CALLER_KEYS: `gateway=${key},order=${key},restock-controller=${key}`,
  SERVICE_KEY: key,
};

/** Access tokens as the user service signs them with JWT_SECRET. */
export function tokenFor(userId: string, role: Role = 'customer'): Promise<string> {
  return new SignJWT({ role, sid: `session-${userId}` })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setSubject(userId)
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(secret));
}

/** What a test does with the order service and inventory, and sees of their databases. */
export interface TradingClients {
  readonly products: GrpcClient<ProductServiceServer>;
  readonly stock: GrpcClient<InventoryServiceServer>;
  /** The same, as the restock controller calls it. */
  readonly restocks: GrpcClient<InventoryServiceServer>;
  /** The first order service. */
  readonly orders: GrpcClient<OrderServiceServer>;
  /** All of them. */
  readonly everyOrders: readonly GrpcClient<OrderServiceServer>[];
  readonly mongoUri: string;
  readonly orderDb: Db;
  readonly inventoryDb: Db;
  readonly nats: Nats;
  /** How many messages the dead-letter stream holds. */
  readonly deadLetters: () => Promise<number>;
  readonly admin: string;
  /** A product on sale with this many units, known to the order service. */
  readonly product: (units: number, price?: number, currency?: string) => Promise<Product>;
  readonly onHand: (productId: string) => Promise<number>;
  /** The order when it is no longer PENDING. */
  readonly settled: (order: Order, token: string) => Promise<Order>;
}

export interface TradingPlaces {
  readonly inventoryPort: number;
  readonly orderPorts: readonly number[];
  readonly natsUrl: string;
  readonly mongoUri: string;
  readonly inventoryDb: Db;
  readonly orderDb: Db;
}

/** Closed with the stack. */
export async function openClients(
  stack: AsyncDisposableStack,
  { inventoryPort, orderPorts, natsUrl, mongoUri, inventoryDb, orderDb }: TradingPlaces,
): Promise<TradingClients> {
  const gateway = (port: number) => ({ target: `127.0.0.1:${port}`, caller: 'gateway' as const, key });
  const products = stack.use(
    grpcClient<ProductServiceServer>(ProductServiceService, ProductServiceDefinition, gateway(inventoryPort)),
  );
  const stockFor = (caller: Caller) =>
    stack.use(
      grpcClient<InventoryServiceServer>(InventoryServiceService, InventoryServiceDefinition, {
        ...gateway(inventoryPort),
        caller,
      }),
    );
  const stock = stockFor('gateway');
  const restocks = stockFor('restock-controller');
  const everyOrders = orderPorts.map((port) =>
    stack.use(grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, gateway(port))),
  );
  const [orders] = everyOrders;
  if (!orders) throw new Error('there is no order service');
  const nats = stack.use(await connectNats(natsUrl, 'test', createLogger('test', 'silent')));
  const admin = await tokenFor('admin', 'admin');
  return {
    ...{ products, stock, restocks, orders, everyOrders, mongoUri, orderDb, inventoryDb, nats, admin },
    deadLetters: () => deadLetterCount(nats),
    product: (units, amount = 1_000, currency = 'EUR') =>
      products.createProduct(
        {
          sku: `SKU-${randomUUID()}`,
          name: 'Thing',
          description: '',
          category: 'things',
          price: { currency, amount },
          attributes: {},
          initialStock: units,
        },
        { token: admin },
      ),
    settled: (order, token) =>
      eventually(async () => {
        const now = await orders.getOrder({ id: order.id }, { token });
        return now.status !== 'ORDER_STATUS_PENDING' && now;
      }),
    onHand: async (productId) => {
      const found = await inventoryDb
        .collection<{ _id: string; onHand: number }>('products')
        .findOne({ _id: productId });
      return found?.onHand ?? NaN;
    },
  };
}

/** A request for units of one product, without key, total, address and note. */
export const orderOf = ({ id: productId }: Pick<Product, 'id'>, quantity: number): CreateOrderRequest => ({
  idempotencyKey: '',
  items: [{ productId, quantity }],
  expectedTotal: undefined,
  address: undefined,
  note: '',
});
