import { headers, type JsMsg } from 'nats';
import type { Nats } from './connect.ts';
import { isUnfit } from './failures.ts';
import { publishTo } from './streams.ts';

/** Headers of a dead letter, beside those that the message had. `tradewind replay` reads them. */
export const deadLetterHeaders = {
  subject: 'Tradewind-Subject',
  stream: 'Tradewind-Stream',
  sequence: 'Tradewind-Sequence',
  consumer: 'Tradewind-Consumer',
  reason: 'Tradewind-Reason',
  deliveries: 'Tradewind-Deliveries',
  /** Which parts of the message the letter lacks, if any: `headers`, `body`. */
  omitted: 'Tradewind-Omitted',
} as const;

type Part = 'headers' | 'body';

/** A letter is larger than its message, and the headers may be unreadable: the first of these that can be stored is. */
const omissions: readonly (readonly Part[])[] = [[], ['body'], ['headers'], ['headers', 'body']];

/** Stores the message in DEAD with the reason. The caller acknowledges the original only after this. */
export async function deadLetter(nats: Nats, message: JsMsg, reason: string): Promise<void> {
  let refusal: unknown;
  for (const omitted of omissions) {
    try {
      await publishLetter(nats, message, reason, omitted);
      return;
    } catch (error) {
      if (!isUnfit(error)) throw error;
      refusal = error;
    }
  }
  throw new Error('not even an empty dead letter can be stored', { cause: refusal });
}

async function publishLetter(
  nats: Nats,
  message: JsMsg,
  reason: string,
  omitted: readonly Part[],
): Promise<void> {
  const { stream, consumer, streamSequence, deliveryCount } = message.info;
  const copy = headers();
  for (const [key, values] of (omitted.includes('headers') ? undefined : message.headers) ?? []) {
    if (!key.startsWith('Nats-')) for (const value of values) copy.append(key, value);
  }
  copy.set(deadLetterHeaders.subject, message.subject);
  copy.set(deadLetterHeaders.stream, stream);
  copy.set(deadLetterHeaders.sequence, String(streamSequence));
  copy.set(deadLetterHeaders.consumer, consumer);
  copy.set(deadLetterHeaders.reason, reason.replaceAll(/[\r\n]+/g, ' ').slice(0, 500));
  copy.set(deadLetterHeaders.deliveries, String(deliveryCount));
  if (omitted.length > 0) copy.set(deadLetterHeaders.omitted, omitted.join(' and '));
  const created = message.info.timestampNanos;
  await publishTo(nats, 'DEAD', () =>
    nats.js.publish(`dead.${stream}.${consumer}`, omitted.includes('body') ? undefined : message.data, {
      headers: copy,
      // A crash between this and the acknowledgement brings the message here again.
      msgID: `${stream}-${streamSequence}-${created}-${consumer}`,
    }),
  );
}
