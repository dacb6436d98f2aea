import { expect } from 'vitest';
import type { Trading } from '../../kit/trading.ts';
import { random } from '../kit/random.ts';
import { whileTrading, type ScenarioOptions } from '../kit/scenario.ts';
import { tradingMarket } from '../kit/trading-market.ts';
import { republish } from './republisher.ts';
import { moreOrders, streamState } from './streams.ts';

/** Every event comes three times: the first time in order, the others late and in any order. */
export async function threeTimes(trading: Trading, options: ScenarioOptions): Promise<void> {
  await whileTrading(tradingMarket(trading), options, async (load) => {
    const subjects = ['order.*', 'stock.*', 'product.state.*'];
    const again = republish(trading.nats, { subjects, times: 2, dice: random(options.seed) });
    await moreOrders(load, 200);
    await again.finish();
    expect(again.copies()).toBeGreaterThan(2 * 2 * 200);
  });
}

/** What happened while inventory was away reaches it three times and in no order: cancellations before their orders. */
export async function shuffled(trading: Trading, options: ScenarioOptions): Promise<void> {
  await whileTrading(tradingMarket(trading), options, async (load) => {
    const dice = random(options.seed);
    const subjects = ['order.created', 'order.cancelled'];
    const again = republish(trading.nats, { subjects, times: 3, dice, late: true });
    await trading.nats.connection.flush();
    await trading.stopConsumer();
    const { last_seq: before } = await streamState(trading, 'ORDERS');
    await moreOrders(load, 200);
    const admin = await trading.nats.admin();
    await admin.streams.purge('ORDERS');
    await again.finish();
    expect(again.copies()).toBeGreaterThan(3 * 200);
    const { first_seq: first } = await streamState(trading, 'ORDERS');
    expect(first).toBeGreaterThan(before + 200);
    await trading.startConsumer();
  });
}
