import {
  InventoryServiceService,
  ProductServiceService,
  type InventoryServiceServer,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import {
  MailerServiceService,
  type MailerServiceServer,
} from '@tradewind/proto/notification/v1/notification';
import {
  OrderServiceService,
  type CreateOrdersRequest,
  type CreateOrdersRequest_Entry as Entry,
  type CreateOrdersResponse,
  type CreateOrdersResponse_Outcome as Outcome,
  type Order,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { UserServiceService, type UserServiceServer } from '@tradewind/proto/user/v1/user';
import { asTheyEnd } from '@tradewind/shared/batching';
import { classify, TradewindError, toRpcStatus } from '@tradewind/shared/errors';
import {
  serveGrpc,
  type CallContext,
  type GrpcServer,
  type Handlers,
  type ServedService,
} from '@tradewind/shared/grpc';
import { createLogger } from '@tradewind/shared/telemetry';
import type { TlsFiles } from '@tradewind/shared/tls';

/** What the services behind the gateway do in a test; what is left out answers NOT_FOUND. CreateOrders does what CreateOrder does. */
export interface Behaviour {
  users?: Partial<Handlers<UserServiceServer>>;
  products?: Partial<Handlers<ProductServiceServer>>;
  inventory?: Partial<Handlers<InventoryServiceServer>>;
  orders?: Partial<Handlers<OrderServiceServer>>;
  mailer?: Partial<Handlers<MailerServiceServer>>;
}

const definitions = {
  users: UserServiceService,
  products: ProductServiceService,
  inventory: InventoryServiceService,
  orders: OrderServiceService,
  mailer: MailerServiceService,
} as const;

export const callerKey = 'a key for tests';

/** One gRPC server that plays all services; `behaviour` may be changed while it runs. */
export async function serveFakes(behaviour: Behaviour, tls?: TlsFiles): Promise<GrpcServer> {
  return await serveGrpc({
    host: '127.0.0.1',
    port: 0,
    tls,
    services: Object.keys(definitions).map((name) => fake(name as keyof Behaviour, behaviour)),
    callerKeys: new Map([['gateway', callerKey]]),
    // The gateway is what is tested, and it has looked at the token.
    verifier: { verify: () => Promise.resolve({ userId: '', sessionId: '', role: 'customer' }) },
    log: createLogger('fakes', 'silent'),
  });
}

function fake(name: keyof Behaviour, behaviour: Behaviour): ServedService {
  const definition = definitions[name];
  const methods = Object.keys(definition);
  const handle = (method: string) => async (request: never, call: CallContext) => {
    const handlers = (behaviour[name] ?? {}) as Record<
      string,
      ((r: never, c: CallContext) => unknown) | undefined
    >;
    const handler = handlers[method];
    if (!handler) throw new TradewindError('NOT_FOUND', `there is no ${method} in this test`);
    return await handler(request, call);
  };
  return {
    definition,
    access: Object.fromEntries(methods.map((method) => [method, { from: ['gateway'], user: 'none' }])),
    handlers: {
      ...Object.fromEntries(methods.map((method) => [method, handle(method)])),
      ...(name === 'orders' ? { createOrders: createEach(handle('createOrder')) } : {}),
    },
  };
}

type Create = (request: never, call: CallContext) => Promise<unknown>;

const createEach = (create: Create) =>
  async function* (
    { entries }: CreateOrdersRequest,
    call: CallContext,
  ): AsyncGenerator<CreateOrdersResponse> {
    const resultOf = async ({
      order,
      accessToken: token,
      traceparent,
    }: Entry): Promise<Outcome['result']> => {
      try {
        const value = await call.actFor({ token, traceparent }, () => create(order as never, call));
        return { $case: 'order', value: value as Order };
      } catch (error) {
        return { $case: 'error', value: toRpcStatus(classify(error)) };
      }
    };
    const works = entries.map(async (entry, index) => ({ index, result: await resultOf(entry) }));
    for await (const outcomes of asTheyEnd(works, entries.length)) yield { outcomes };
  };
