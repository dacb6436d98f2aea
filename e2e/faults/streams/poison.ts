import { headers, type MsgHdrs } from 'nats';
import { expect } from 'vitest';
import { startNotificationService } from '@tradewind/notification/app';
import { readNotificationConfig } from '@tradewind/notification/config';
import { freePort } from '@tradewind/local/servers';
import { createLogger } from '@tradewind/shared/telemetry';
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
  'user.created': 'dead.USERS.notification-email',
} as const;

interface Poison {
  readonly body: string;
  readonly headers?: MsgHdrs;
}

/** Bodies that are no event, a header that the client library refuses, and what leaves no room for a dead letter's headers. */
const poisonsFor = ({ nats }: Trading): readonly Poison[] => [
  ...['', 'not JSON', '{"order_id":7}', '[]', 'null'].map((body) => ({ body })),
  {
    body: '{}',
    headers: Object.assign(headers(), { encode: () => Buffer.from('NATS/1.0\r\na b: c\r\n\r\n') }),
  },
  { body: 'x'.repeat((nats.connection.info?.max_payload ?? 0) - 60) },
];

/** Messages that nobody can read come in each stream, again and again, in the middle of the others. */
export async function poisoned(trading: Trading, options: ScenarioOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  stack.use(await startNotification(trading));
  const { js, admin: administration } = trading.nats;
  const admin = await administration();
  const poisons = poisonsFor(trading);
  const deadLetters = poisons.length * Object.keys(readers).length;
  await whileTrading(tradingMarket(trading), { ...options, deadLetters }, async (load) => {
    for (const { body, ...carried } of poisons) {
      for (const subject of [...Object.keys(readers), 'stock.level.x'])
        await js.publish(subject, body, carried);
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

/** Without a user service and a mail server: what nobody can read needs neither. */
async function startNotification({ natsServer, redisServer, mongoUri, orderDb }: Trading) {
  await using stack = new AsyncDisposableStack();
  const database = `${orderDb.databaseName}_notification`;
  stack.defer(async () => {
    await orderDb.client.db(database).dropDatabase();
  });
  const nowhere = await freePort();
  const config = readNotificationConfig({
    ...{ HOST: '127.0.0.1', PORT: '0', NATS_URL: natsServer.url, REDIS_ADDR: redisServer.addr },
    ...{ MONGO_URI: mongoUri, MONGO_DB_NAME: database, EVENT_ACK_WAIT_MS: '2000' },
    ...{ USER_SERVICE: `127.0.0.1:${nowhere}`, SMTP_HOST: '127.0.0.1', SMTP_PORT: String(nowhere) },
    MAIL_FROM: 'The Shop <shop@shop.test>',
  });
  stack.use(await startNotificationService(config, createLogger('notification', 'silent')));
  return stack.move();
}
