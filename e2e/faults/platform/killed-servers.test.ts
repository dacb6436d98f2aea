import { describe, test } from 'vitest';
import { whileTrading } from '../kit/scenario.ts';
import { bigShop } from './big-shop.ts';
import { kill } from './faults.ts';
import { rounds } from './rounds.ts';

const shop = bigShop();
const servers = ['mongo', 'nats', 'redis'] as const;

describe.for(rounds)('round %i: nothing is lost after kill -9', { timeout: 180_000 }, (round) => {
  test.for(servers)('of %s, which keeps its data', async (name) => {
    const { program } = shop().platform.servers[name];
    const seed = 1_000 * round + 100 + servers.indexOf(name);
    await whileTrading(shop(), { seed, orders: 500 }, () => kill(program));
  });
});
