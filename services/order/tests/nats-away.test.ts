import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, inject, test } from 'vitest';
import { startNats } from '@tradewind/local/servers';
import {
  OrderServiceDefinition,
  OrderServiceService,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { tokenAudience, tokenIssuer } from '@tradewind/shared/auth';
import { grpcClient } from '@tradewind/shared/grpc';
import { newId } from '@tradewind/shared/ids';
import { connectMongo } from '@tradewind/shared/mongo';
import { connectNats, consumeEvents, eventPublisher } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { startOrderService } from '../src/app.ts';
import { readOrderConfig } from '../src/config.ts';
import { collections } from '../src/outbound/collections.ts';

const log = createLogger('order', 'silent');
const secret = 'a secret that only this test knows, and long enough';

test('a service that starts without NATS accepts orders, and settles them when NATS comes', async () => {
  await using stack = new AsyncDisposableStack();
  const natsServer = stack.use(await startNats());
  await natsServer.stop();
  const config = readOrderConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    MONGO_URI: inject('mongoUri'),
    MONGO_DB_NAME: `order_${randomUUID().slice(0, 8)}`,
    NATS_URL: natsServer.url,
    REDIS_ADDR: inject('redisAddr'),
    JWT_SECRET: secret,
    CALLER_KEYS: 'gateway=key',
  });
  const mongo = stack.use(await connectMongo(config.MONGO_URI, config.MONGO_DB_NAME, log));
  stack.defer(async () => {
    await mongo.db.dropDatabase();
  });
  const productId = newId();
  const price = { currency: 'EUR', unitPrice: 1_000 };
  await collections(mongo.db).catalogue.insertOne({
    ...{ _id: productId, version: 1, sku: 'S', name: 'Thing', ...price, archived: false },
  });

  const service = stack.use(await startOrderService(config, log));
  const target = `127.0.0.1:${service.port}`;
  const orders = stack.use(
    grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, {
      ...{ target, caller: 'gateway', key: 'key' },
    }),
  );
  const token = await new SignJWT({ role: 'customer', sid: 'session' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setSubject('ada')
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(secret));
  const placed = await orders.createOrder(
    {
      ...{ idempotencyKey: '', expectedTotal: undefined, address: undefined, note: '' },
      items: [{ productId, quantity: 1 }],
    },
    { token },
  );
  expect(placed.status).toBe('ORDER_STATUS_PENDING');

  await natsServer.restart();
  const nats = stack.use(await connectNats(natsServer.url, 'inventory', log));
  const inventory = eventPublisher(nats, 'inventory');
  stack.use(
    consumeEvents(nats, {
      durable: 'inventory',
      types: ['order.created'],
      log,
      handle: async (events) => {
        for (const { data } of events) {
          const answer = { id: newId(), type: 'stock.reserved', time: new Date() } as const;
          await inventory.publish({ ...answer, data: { order_id: data.orderId } });
        }
      },
    }),
  );
  const status = async () => (await orders.getOrder({ id: placed.id }, { token })).status;
  await expect.poll(status, { timeout: 20_000, interval: 20 }).toBe('ORDER_STATUS_CONFIRMED');
});
