import { expect } from 'vitest';
import type { Trading } from '../../kit/trading.ts';
import { whileTrading, type ScenarioOptions } from '../kit/scenario.ts';
import { tradingMarket } from '../kit/trading-market.ts';
import { moreOrders, streamState } from './streams.ts';

const room = 100;

/**
 * The stream of orders is full while inventory is away: each new message takes the place of the oldest, which inventory
 * has not seen. It stays that narrow.
 */
export async function fullStream(trading: Trading, options: ScenarioOptions): Promise<void> {
  await whileTrading(tradingMarket(trading), options, async (load) => {
    const admin = await trading.nats.admin();
    await trading.stopConsumer();
    const { ack_floor: seen } = await admin.consumers.info('ORDERS', 'inventory');
    const { config } = await admin.streams.info('ORDERS');
    await admin.streams.update('ORDERS', { ...config, max_msgs: room });
    await moreOrders(load, room + 50);
    const { messages, first_seq: oldest } = await streamState(trading, 'ORDERS');
    expect(messages).toBe(room);
    expect(oldest, 'the oldest message left').toBeGreaterThan(seen.stream_seq + 1);
    await trading.startConsumer();
  });
}
