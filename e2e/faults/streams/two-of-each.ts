import { expect } from 'vitest';
import type { Trading } from '../../kit/trading.ts';
import type { Client, OrderAnswer } from '../kit/client.ts';
import { whileTrading, type ScenarioOptions } from '../kit/scenario.ts';
import { tradingClient } from '../kit/trading-client.ts';
import { tradingMarket } from '../kit/trading-market.ts';
import { moreOrders } from './streams.ts';

/** Buyers send each order to both order services at once, with one key; two consumers decide. */
export async function twoOfEach(trading: Trading, options: ScenarioOptions): Promise<void> {
  const { everyOrders } = trading;
  expect(everyOrders).toHaveLength(2);
  const market = tradingMarket(trading);
  const atBoth = {
    ...market,
    buyer: async () => {
      const { id, token } = await market.buyer();
      const clients = everyOrders.map((orders) => tradingClient({ ...trading, orders }, token));
      return { id, token, client: bothAtOnce(clients) };
    },
  };
  await whileTrading(atBoth, options, (load) => moreOrders(load, 100));
}

function bothAtOnce(clients: readonly Client[]): Client {
  const [first] = clients;
  if (!first) throw new Error('there is no client');
  return {
    ...first,
    order: async (key, lines) => same(await Promise.all(clients.map((client) => client.order(key, lines)))),
    cancel: async (id) => {
      const answers = await Promise.all(clients.map((client) => client.cancel(id)));
      return answers.find((answer) => answer === 'cancelled') ?? answers[0] ?? 'unclear';
    },
  };
}

/** What both say of an order: one id. */
function same(answers: readonly OrderAnswer[]): OrderAnswer {
  const ids = new Set(answers.flatMap((answer) => (answer.kind === 'accepted' ? [answer.orderId] : [])));
  if (ids.size > 1) throw new Error(`one key was answered with the orders ${[...ids].join(' and ')}`);
  return answers.find(({ kind }) => kind === 'accepted') ?? answers[0] ?? { kind: 'unclear' };
}
