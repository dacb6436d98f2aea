import { describe, expect, test } from 'vitest';
import { serviceNames } from '@tradewind/local/platform';
import { eventually } from '../../kit/eventually.ts';
import { whileTrading } from '../kit/scenario.ts';
import { bigShop, type BigShop } from './big-shop.ts';
import { kill } from './faults.ts';
import { rounds } from './rounds.ts';

const shop = bigShop();

describe.for(rounds)('round %i: nothing is lost after kill -9', { timeout: 180_000 }, (round) => {
  test.for(serviceNames)('of one, then of both: %s', async (name) => {
    const [first, second] = shop().platform.replicas.map((replica) => replica[name]);
    if (!first || !second) throw new Error('there are not two of it');
    const seed = 1_000 * round + serviceNames.indexOf(name);
    await whileTrading(shop(), { seed, orders: 500 }, async () => {
      await kill(first);
      await kill(first, second);
    });
  });

  test('of both: notification, which mails each customer about each order', async () => {
    const { customer, platform, notificationDb } = shop();
    const before = await mailsSent(shop());
    let buyerId = '';
    const buyer = async () => {
      const one = await customer();
      buyerId = one.id;
      return one;
    };
    await whileTrading({ ...shop(), buyer }, { seed: 1_000 * round + 50, orders: 200 }, () =>
      kill(...platform.replicas.map(({ notification }) => notification)),
    );
    const news = await newsOf(shop(), buyerId);
    expect(news).toBeGreaterThan(200);
    await eventually(async () => (await mailsSent(shop())) - before === news, { within: 60_000 });
    expect(await notificationDb.collection('deliveries').countDocuments({ state: 'FAILED' })).toBe(0);
  });
});

const mailsSent = ({ notificationDb }: BigShop) =>
  notificationDb.collection('deliveries').countDocuments({ state: 'SENT', kind: /^order/ });

/** How often the state of one of the buyer's orders changed. */
async function newsOf({ orderDb }: BigShop, userId: string): Promise<number> {
  const orders = orderDb.collection<{ readonly actions: readonly object[] }>('orders');
  const found = await orders.find({ userId }, { projection: { actions: 1 } }).toArray();
  return found.reduce((sum, { actions }) => sum + actions.length - 1, 0);
}
