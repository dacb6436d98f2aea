import { headers, type JsMsg } from 'nats';
import type { Nats } from './connect.ts';
import { publishTo } from './streams.ts';

/** Headers of a dead letter, beside those that the message had. `tradewind replay` reads them. */
export const deadLetterHeaders = {
  subject: 'Tradewind-Subject',
  stream: 'Tradewind-Stream',
  sequence: 'Tradewind-Sequence',
  consumer: 'Tradewind-Consumer',
  reason: 'Tradewind-Reason',
  deliveries: 'Tradewind-Deliveries',
} as const;

/** Stores the message in DEAD with the reason. The caller acknowledges the original only after this. */
export async function deadLetter(nats: Nats, message: JsMsg, reason: string): Promise<void> {
  const { stream, consumer, streamSequence, deliveryCount } = message.info;
  const copy = headers();
  for (const [key, values] of message.headers ?? []) {
    if (!key.startsWith('Nats-')) for (const value of values) copy.append(key, value);
  }
  copy.set(deadLetterHeaders.subject, message.subject);
  copy.set(deadLetterHeaders.stream, stream);
  copy.set(deadLetterHeaders.sequence, String(streamSequence));
  copy.set(deadLetterHeaders.consumer, consumer);
  copy.set(deadLetterHeaders.reason, reason.replaceAll(/[\r\n]+/g, ' ').slice(0, 500));
  copy.set(deadLetterHeaders.deliveries, String(deliveryCount));
  const created = message.info.timestampNanos;
  await publishTo(nats, 'DEAD', () =>
    nats.js.publish(`dead.${stream}.${consumer}`, message.data, {
      headers: copy,
      // A crash between this and the acknowledgement brings the message here again.
      msgID: `${stream}-${streamSequence}-${created}-${consumer}`,
    }),
  );
}
