import type { LineShortage } from '@tradewind/proto/events/v1/events';
import type { News } from '../notice.ts';

/** What a mail says, before it is set as HTML and as plain text. A list of texts is a list in the mail. */
export interface Letter {
  readonly subject: string;
  readonly title: string;
  readonly body: readonly (string | readonly string[])[];
}

export function writeLetter(news: News): Letter {
  switch (news.kind) {
    case 'user.created':
      return {
        subject: 'Welcome to Tradewind',
        title: 'Welcome aboard',
        body: ['Your account is open. We write to this address when something happens to your orders.'],
      };
    case 'order.confirmed':
      return {
        subject: `Confirmed: your order ${news.orderId}`,
        title: 'Your order is confirmed',
        body: [`Everything in your order ${news.orderId} is in stock and reserved for you.`],
      };
    case 'order.completed':
      return {
        subject: `Complete: your order ${news.orderId}`,
        title: 'Your order is complete',
        body: [`Your order ${news.orderId} was delivered. Thank you for buying with us.`],
      };
    case 'order.cancelled':
      return news.shortages.length > 0
        ? rejection(news.orderId, news.shortages)
        : cancellation(news.orderId, news.reason);
  }
}

function rejection(orderId: string, shortages: readonly LineShortage[]): Letter {
  return {
    subject: `Out of stock: your order ${orderId}`,
    title: 'We could not fill your order',
    body: [
      `Your order ${orderId} was cancelled, because we do not have all of it:`,
      shortages.map(describe),
      'Nothing was reserved. You can order again with what is available.',
    ],
  };
}

function cancellation(orderId: string, reason: string): Letter {
  return {
    subject: `Cancelled: your order ${orderId}`,
    title: 'Your order was cancelled',
    body: [`Your order ${orderId} was cancelled.`, ...(reason === '' ? [] : [`Reason: ${reason}`])],
  };
}

function describe({ productId, requested, available, reason }: LineShortage): string {
  switch (reason) {
    case 'UNKNOWN_PRODUCT':
      return `Product ${productId}: we do not know it`;
    case 'ARCHIVED':
      return `Product ${productId}: it is no longer sold`;
    default:
      return `Product ${productId}: ${requested} ordered, ${available} available`;
  }
}
