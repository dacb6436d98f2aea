import { mongoFailure } from '@tradewind/shared/mongo';
import { consumeEvents, DataError, type Nats, type ReceivedEvent } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { OrderCommand } from '../domain/decision.ts';
import { isId } from '../domain/id.ts';
import type { DecideOrders } from '../usecases/decide-orders.ts';

/** order.created and order.cancelled become decisions. */
export function consumeOrders(nats: Nats, decide: DecideOrders, log: Logger): AsyncDisposable {
  return consumeEvents(nats, {
    durable: 'inventory',
    types: ['order.created', 'order.cancelled'],
    maxBatch: 400,
    handle: (events) => decide(events.map(toCommand)),
    classifiers: [mongoFailure],
    log,
  });
}

/** @throws DataError without an order id, which leaves nobody to answer */
function toCommand(event: ReceivedEvent<'order.created' | 'order.cancelled'>): OrderCommand {
  const { orderId } = event.data;
  if (!isId(orderId)) throw new DataError('order_id is missing, or is not an id');
  if (event.type === 'order.cancelled') return { kind: 'release', orderId };
  return { kind: 'reserve', orderId, lines: event.data.items };
}
