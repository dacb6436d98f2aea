import { describe, test } from 'vitest';
import { serviceNames } from '@tradewind/local/platform';
import { whileTrading } from '../kit/scenario.ts';
import { bigShop } from './big-shop.ts';
import { lose, pause } from './faults.ts';
import { rounds } from './rounds.ts';

const shop = bigShop();
/** Longer than every lease and timeout of the big shop. */
const stopMs = 6_000;
const settling = ['order', 'inventory-consumer'] as const;
const servers = ['mongo', 'nats', 'redis'] as const;

describe.for(rounds)(
  'round %i: nothing is lost or doubled when what was stopped for long goes on',
  { timeout: 180_000 },
  (round) => {
    test.for(serviceNames)('one of %s', async (name) => {
      const seed = 1_000 * round + 200 + serviceNames.indexOf(name);
      await whileTrading(shop(), { seed, orders: 400 }, () => pause(stopMs, shop().platform.services[name]));
    });

    test.for(settling)('both of %s, and when there was none of it for as long', async (name) => {
      const seed = 1_000 * round + 250 + serviceNames.indexOf(name);
      const both = shop().platform.replicas.map((replica) => replica[name]);
      await whileTrading(shop(), { seed, orders: 200 }, async () => {
        await pause(stopMs, ...both);
        await lose(stopMs, ...both);
      });
    });

    test.for(servers)('%s', async (name) => {
      const seed = 1_000 * round + 300 + servers.indexOf(name);
      await whileTrading(shop(), { seed, orders: 400 }, () =>
        pause(stopMs, shop().platform.servers[name].program),
      );
    });
  },
);
