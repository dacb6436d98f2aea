import { unavailable } from '@tradewind/shared/errors';
import type { Channel, Verdict } from './channel.ts';
import type { News } from './notice.ts';

export interface TextMessage {
  /** The same for every attempt: a provider that knows it must not send again. */
  readonly id: string;
  /** E.164. */
  readonly to: string;
  readonly text: string;
}

export interface SmsProvider {
  /** @throws TradewindError UNAVAILABLE when the provider cannot be reached, or takes nothing from us */
  send: (message: TextMessage) => Promise<Verdict>;
}

export function smsChannel(provider: SmsProvider): Channel {
  return {
    name: 'sms',
    addressOf: ({ phone }) => phone,
    send: ({ id, to, notice }) => provider.send({ id, to, text: textOf(notice.news) }),
  };
}

function textOf(news: News): string {
  if (news.kind !== 'order.confirmed') throw new Error(`there is no text for ${news.kind}`);
  return `Tradewind: your order ${news.orderId} is confirmed.`;
}

const timeoutMs = 5_000;
const permanent = new Set([400, 404, 410, 413, 422, 451]);
/** About our credentials, credit or rate, or the network: every message would meet the same. */
const aboutUs = new Set([401, 402, 407, 408, 429]);

export interface SmsWebhook {
  readonly url: string;
  /** `user:password` for HTTP Basic authentication. */
  readonly credentials?: string | undefined;
}

/** Posts each text as JSON (id, to, text), with the id as Idempotency-Key too. */
export function smsWebhook({ url, credentials }: SmsWebhook): SmsProvider {
  const authorization =
    credentials === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  return {
    async send(message) {
      let response: Response;
      try {
        response = await fetch(url, {
          method: 'POST',
          headers: { ...authorization, 'content-type': 'application/json', 'idempotency-key': message.id },
          body: JSON.stringify(message),
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        });
        await response.body?.cancel();
      } catch (error) {
        throw unavailable('the text message provider', error);
      }
      if (response.ok) return { result: 'sent' };
      const { status } = response;
      const reason = `HTTP ${status}`;
      if (permanent.has(status)) return { result: 'refused', reason };
      if (status >= 400 && status < 500 && !aboutUs.has(status)) return { result: 'deferred', reason };
      throw unavailable('the text message provider', new Error(reason));
    },
  };
}
