import { createLogger } from '@tradewind/shared/telemetry';
import { inject } from 'vitest';
import { startInventoryConsumer, startInventoryService } from '../../inventory/src/app.ts';
import { readInventoryConfig } from '../../inventory/src/config.ts';
import { startOrderService } from '../../order/src/app.ts';
import { readOrderConfig } from '../../order/src/config.ts';
import { startUserService } from '../../user/src/app.ts';
import { readUserConfig } from '../../user/src/config.ts';
import { startGateway } from '../src/app.ts';
import { readGatewayConfig } from '../src/config.ts';

export const firstAdmin = { login: 'admin@example.org', password: 'the first admin of this test' };

export interface Platform extends AsyncDisposable {
  readonly url: string;
}

/** The gateway before the real services, each with a database of its own. */
export async function startPlatform(natsUrl: string): Promise<Platform> {
  await using stack = new AsyncDisposableStack();
  const run = Math.random().toString(36).slice(2, 8);
  const keys = {
    user: 'key of user',
    inventory: 'key of inventory',
    order: 'key of order',
    gateway: 'key of gateway',
  };
  const CALLER_KEYS = Object.entries(keys)
    .map((entry) => entry.join('='))
    .join(',');
  const environment = (name: keyof typeof keys, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    HOST: '127.0.0.1',
    PORT: '0',
    NATS_URL: natsUrl,
    REDIS_ADDR: inject('redisAddr'),
    MONGO_URI: inject('mongoUri'),
    MONGO_DB_NAME: `gateway_test_${run}_${name}`,
    SERVICE_KEY: keys[name],
    CALLER_KEYS,
    ...more,
  });
  const log = (name: string) => createLogger(name, 'fatal');

  const user = stack.use(
    await startUserService(
      readUserConfig(
        environment('user', { ADMIN_EMAIL: firstAdmin.login, ADMIN_PASSWORD: firstAdmin.password }),
      ),
      log('user'),
    ),
  );
  const USER_SERVICE = `127.0.0.1:${user.port}`;
  const inventoryConfig = readInventoryConfig(environment('inventory', { USER_SERVICE }));
  const inventory = stack.use(await startInventoryService(inventoryConfig, log('inventory')));
  stack.use(await startInventoryConsumer(inventoryConfig, log('inventory-consumer')));
  const INVENTORY_SERVICE = `127.0.0.1:${inventory.port}`;
  const orderConfig = readOrderConfig(environment('order', { USER_SERVICE, INVENTORY_SERVICE }));
  const order = stack.use(await startOrderService(orderConfig, log('order')));
  const gatewayConfig = readGatewayConfig(
    environment('gateway', { USER_SERVICE, INVENTORY_SERVICE, ORDER_SERVICE: `127.0.0.1:${order.port}` }),
  );
  const gateway = stack.use(await startGateway(gatewayConfig, log('gateway')));
  const resources = stack.move();
  return { url: gateway.url, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
