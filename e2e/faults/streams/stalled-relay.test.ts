import { afterAll, beforeAll, expect, test } from 'vitest';
import { startInventoryService } from '@tradewind/inventory/app';
import {
  ProductServiceDefinition,
  ProductServiceService,
  type ProductServiceServer,
  type UpdateProductRequest,
} from '@tradewind/proto/inventory/v1/inventory';
import { grpcClient } from '@tradewind/shared/grpc';
import { createLogger } from '@tradewind/shared/telemetry';
import { eventually } from '../../kit/eventually.ts';
import { startTrading, type Trading } from '../../kit/trading.ts';
import { random } from '../kit/random.ts';
import { natsProtocol, publishes } from '../kit/proxy-nats.ts';
import { startProxy } from '../kit/proxy.ts';
import { republish } from './republisher.ts';

let trading: Trading;

beforeAll(async () => {
  trading = await startTrading();
});
afterAll(() => trading[Symbol.asyncDispose]());

/** Another inventory service, whose way to NATS can be held. */
async function startRelay(stack: AsyncDisposableStack) {
  const proxy = stack.use(await startProxy(trading.natsServer.port, natsProtocol));
  const config = { ...trading.inventoryConfig, NATS_URL: `nats://127.0.0.1:${proxy.port}`, PORT: 0 };
  const { port } = stack.use(await startInventoryService(config, createLogger('test', 'silent')));
  const { SERVICE_KEY: key } = config;
  const products = stack.use(
    grpcClient<ProductServiceServer>(ProductServiceService, ProductServiceDefinition, {
      ...{ target: `127.0.0.1:${port}`, caller: 'gateway', key },
    }),
  );
  return { proxy, products };
}

const lastState = async (id: string) => {
  const admin = await trading.nats.admin();
  const last = await admin.streams.getMessage('PRODUCTS', { last_by_subj: `product.state.${id}` });
  return last.json<{ readonly version: number; readonly unit_price: number }>();
};

const known = (id: string) =>
  trading.orderDb
    .collection<{ _id: string; version: number; unitPrice: number }>('catalogue')
    .findOne({ _id: id });

const priced = (id: string, amount: number): UpdateProductRequest => ({
  ...{ id, price: { currency: 'EUR', amount } },
  ...{ name: undefined, description: undefined, category: undefined },
  ...{ attributes: undefined, expectedVersion: undefined },
});

test('a relay that was stalled and wakes up does not put back an old product state', async () => {
  await using stack = new AsyncDisposableStack();
  const { proxy, products } = await startRelay(stack);
  const { id } = await trading.product(5, 1_000);
  await eventually(async () => (await known(id))?.version === 1);
  const stalled = proxy.hold(publishes(`product.state.${id}`));
  await products.updateProduct(priced(id, 2_000), { token: trading.admin });
  const old = await stalled.reached;
  expect(old.payload).toContain('"unit_price":2000');
  await trading.products.updateProduct(priced(id, 3_000), { token: trading.admin });
  await eventually(async () => (await known(id))?.version === 3);

  stalled.release();
  // Its next publication comes after the old one.
  const next = proxy.hold(publishes(`product.state.${id}`));
  await products.updateProduct(priced(id, 4_000), { token: trading.admin });
  await next.reached;
  expect(await lastState(id)).toMatchObject({ version: 3, unit_price: 3_000 });
  next.release();
  await eventually(async () => (await lastState(id)).version === 4);
  await eventually(async () => (await known(id))?.unitPrice === 4_000);
});

test('the order service keeps the newest state of a product, in whatever order states come', async () => {
  const { id } = await trading.product(5, 1_000);
  const again = republish(trading.nats, {
    ...{ subjects: [`product.state.${id}`], times: 3, dice: random(15), late: true },
  });
  for (let version = 1; version <= 5; version += 1) {
    await trading.products.updateProduct(priced(id, 1_000 * (version + 1)), { token: trading.admin });
    await eventually(async () => (await known(id))?.version === version + 1);
  }
  await again.finish();
  const { products } = trading;
  const after = await trading.product(1);
  await eventually(() => known(after.id).then((product) => product !== null));
  expect(await known(id)).toMatchObject({ version: 6, unitPrice: 6_000 });
  expect((await products.getProducts({ ids: [id], skus: [] })).products[0]?.version).toBe(6);
});
