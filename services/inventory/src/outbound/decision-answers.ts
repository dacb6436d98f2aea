import { newId } from '@tradewind/shared/ids';
import { toJson, type EventPublisher, type EventType, type Payload } from '@tradewind/shared/nats';
import type { Decision } from '../domain/decision.ts';

/** Publishes what the database has decided; resolves when the stream has stored all of it. */
export function decisionAnswers(
  publisher: EventPublisher,
): (decisions: readonly Decision[]) => Promise<void> {
  return async (decisions) => {
    await Promise.all(
      decisions.map(async (decision) => {
        const { type, data } = answerOf(decision);
        await publisher.publish({ id: newId(), type, data, time: new Date() });
      }),
    );
  };
}

function answerOf(decision: Decision): { type: EventType; data: object } {
  const { orderId } = decision;
  switch (decision.state) {
    case 'RESERVED':
      return json('stock.reserved', { orderId });
    case 'REJECTED':
      return json('stock.rejected', { orderId, shortages: [...decision.shortages], reason: decision.reason });
    case 'CANCELLED':
    case 'RELEASED':
      return json('stock.released', { orderId });
  }
}

const json = <T extends EventType>(type: T, payload: Payload<T>) => ({ type, data: toJson(type, payload) });
