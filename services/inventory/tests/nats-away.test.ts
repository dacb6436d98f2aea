import { expect, test } from 'vitest';
import { newId } from '@tradewind/shared/ids';
import { eventPublisher } from '@tradewind/shared/nats';
import { startInventoryConsumer, startInventoryService } from '../src/app.ts';
import { log, startInventoryApp } from './inventory-app.ts';

const within = { timeout: 20_000, interval: 20 };

test('a server and a consumer that start without NATS go to work when it comes', async () => {
  await using app = await startInventoryApp();
  const { id } = await app.product({ initialStock: 2 });
  await app.natsServer.stop();
  await using server = await startInventoryService(app.config, log);
  expect(server.port).toBeGreaterThan(0);
  await using consumer = await startInventoryConsumer(app.config, log);
  expect(consumer).toBeDefined();

  await app.natsServer.restart();
  await eventPublisher(app.nats, 'test').publish({
    ...{ id: newId(), type: 'order.created', time: new Date() },
    data: { order_id: newId(), user_id: 'ada', items: [{ product_id: id, quantity: 1 }] },
  });
  const onHand = async () => (await app.collections.products.findOne({ _id: id }))?.onHand;
  await expect.poll(onHand, within).toBe(1);
});
