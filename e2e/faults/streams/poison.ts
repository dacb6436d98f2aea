import { expect } from 'vitest';
import { eventually } from '../../kit/eventually.ts';
import type { Trading } from '../../kit/trading.ts';
import { whileTrading, type ScenarioOptions } from '../kit/scenario.ts';
import { tradingMarket } from '../kit/trading-market.ts';
import { moreOrders } from './streams.ts';

/** Where a message that nobody can read ends, by the subject on which it came. */
const readers = {
  'order.created': 'dead.ORDERS.inventory',
  'stock.reserved': 'dead.STOCK.order',
  'product.state.x': 'dead.PRODUCTS.order-catalogue',
} as const;

const poisons = ['', 'not JSON', '{"order_id":7}', '[]', 'null'];

/** Messages that nobody can read come in each stream, again and again, in the middle of the others. */
export async function poisoned(trading: Trading, options: ScenarioOptions): Promise<void> {
  const { js, admin: administration } = trading.nats;
  const admin = await administration();
  const deadLetters = poisons.length * Object.keys(readers).length;
  await whileTrading(tradingMarket(trading), { ...options, deadLetters }, async (load) => {
    for (const poison of poisons) {
      for (const subject of [...Object.keys(readers), 'stock.level.x']) await js.publish(subject, poison);
      await moreOrders(load, 20);
    }
    for (const [subject, end] of Object.entries(readers)) {
      const dead = await eventually(() => admin.streams.getMessage('DEAD', { last_by_subj: end }));
      expect(dead.header.get('Tradewind-Subject')).toBe(subject);
      expect(dead.header.get('Tradewind-Reason')).not.toBe('');
    }
  });
  await admin.streams.purge('DEAD');
}
