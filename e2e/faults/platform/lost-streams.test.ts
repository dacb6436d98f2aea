import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../kit/eventually.ts';
import { whileTrading } from '../kit/scenario.ts';
import { bigShop, type BigShop } from './big-shop.ts';
import { rounds } from './rounds.ts';

const shop = bigShop();
const pendingAtLeast = 50;

describe.for(rounds)('round %i', { timeout: 180_000 }, (round) => {
  test('nothing is lost with all of JetStream, while orders are PENDING', async () => {
    const { platform } = shop();
    const consumers = platform.replicas.map((replica) => replica['inventory-consumer']);
    const { nats } = platform.servers;
    await whileTrading(shop(), { seed: 1_000 * round + 400, orders: 500 }, async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await eventually(async () => (await pendingOrders(shop())) >= pendingAtLeast);
      const made = await shop().streamMade('ORDERS');
      await nats.stop();
      await rm(join(nats.dir, 'data'), { recursive: true });
      await nats.restart();
      const madeAnew = await eventually(() => shop().streamMade('ORDERS'));
      expect(madeAnew).not.toBe(made);
      expect(await pendingOrders(shop())).toBeGreaterThanOrEqual(pendingAtLeast);
      await Promise.all(consumers.map((consumer) => consumer.start()));
    });
  });
});

const pendingOrders = ({ orderDb }: BigShop) =>
  orderDb.collection('orders').countDocuments({ status: 'PENDING' });
