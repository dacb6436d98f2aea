import type { LineShortage } from '@tradewind/proto/events/v1/events';
import { DataError, type ReceivedEvent } from '@tradewind/shared/nats';

export type NewsworthyOrderEvent = 'order.confirmed' | 'order.cancelled' | 'order.completed';
export type NewsworthyEvent = NewsworthyOrderEvent | 'user.created';

export type News =
  | { readonly kind: 'user.created' }
  | { readonly kind: 'order.confirmed' | 'order.completed'; readonly orderId: string }
  | {
      readonly kind: 'order.cancelled';
      readonly orderId: string;
      /** Why inventory refused the order; empty when somebody cancelled it. */
      readonly shortages: readonly LineShortage[];
      readonly reason: string;
    };

/** What one event has to tell one person. */
export interface Notice {
  readonly eventId: string;
  readonly at: Date;
  readonly userId: string;
  readonly news: News;
}

/** @throws DataError when the event does not say whom it is about, or which order */
export function noticeOf(event: ReceivedEvent<NewsworthyEvent>): Notice {
  const userId = required('user_id', event.data.userId);
  return { eventId: event.id, at: event.time, userId, news: newsOf(event) };
}

function newsOf(event: ReceivedEvent<NewsworthyEvent>): News {
  switch (event.type) {
    case 'user.created':
      return { kind: event.type };
    case 'order.confirmed':
    case 'order.completed':
      return { kind: event.type, orderId: required('order_id', event.data.orderId) };
    case 'order.cancelled': {
      const { shortages, reason } = event.data;
      return { kind: event.type, orderId: required('order_id', event.data.orderId), shortages, reason };
    }
  }
}

function required(field: string, value: string): string {
  if (value === '') throw new DataError(`${field} is missing`);
  return value;
}
