import { mongoFailure } from '@tradewind/shared/mongo';
import { consumeEvents, DataError, type Nats, type ReceivedEvent } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { SettleOrders, StockAnswer } from '../usecases/settle-orders.ts';

/** stock.* settles orders. */
export function consumeAnswers(nats: Nats, settle: SettleOrders, log: Logger): AsyncDisposable {
  return consumeEvents(nats, {
    durable: 'order',
    types: ['stock.reserved', 'stock.rejected', 'stock.released'],
    maxBatch: 400,
    handle: (events) => settle(events.map(toAnswer)),
    classifiers: [mongoFailure],
    log,
  });
}

function toAnswer(event: ReceivedEvent<'stock.reserved' | 'stock.rejected' | 'stock.released'>): StockAnswer {
  const { orderId } = event.data;
  if (orderId === '') throw new DataError('order_id is missing');
  switch (event.type) {
    case 'stock.reserved':
      return { kind: 'reserved', orderId };
    case 'stock.rejected':
      return { kind: 'rejected', orderId, shortages: event.data.shortages, reason: event.data.reason };
    case 'stock.released':
      return { kind: 'released', orderId };
  }
}
