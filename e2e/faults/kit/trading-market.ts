import { randomUUID } from 'node:crypto';
import { eventually } from '../../kit/eventually.ts';
import { tokenFor, type TradingClients } from '../../kit/trading-clients.ts';
import type { Client } from './client.ts';
import type { Market } from './scenario.ts';
import { tradingClient } from './trading-client.ts';

export interface TradingMarket extends Market {
  readonly buyer: () => Promise<{ readonly id: string; readonly token: string; readonly client: Client }>;
}

/** The services without a gateway, as a shop in which things go wrong. */
export function tradingMarket(trading: TradingClients): TradingMarket {
  const { mongoUri, orderDb, inventoryDb, deadLetters } = trading;
  const catalogue = orderDb.collection<{ _id: string }>('catalogue');
  return {
    ...{ mongoUri, orderDb, inventoryDb, deadLetters },
    async stockUp(products, units) {
      const ids = await Promise.all(
        Array.from({ length: products }, async () => (await trading.product(units)).id),
      );
      await eventually(async () => (await catalogue.countDocuments({ _id: { $in: ids } })) === products);
      return new Map(ids.map((id) => [id, units]));
    },
    async buyer() {
      const id = `buyer-${randomUUID()}`;
      const token = await tokenFor(id);
      return { id, token, client: tradingClient(trading, token) };
    },
  };
}
