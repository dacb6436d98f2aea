import type { Contact } from '@tradewind/proto/user/v1/user';
import type { Notice } from './notice.ts';

/**
 * What a server said to a message: it took it, it refuses it however often it comes, or it does not take this one at
 * present.
 */
export type Verdict =
  { readonly result: 'sent' } | { readonly result: 'refused' | 'deferred'; readonly reason: string };

export interface Message {
  /** The same for every attempt, so that the far side can recognise a repeat. */
  readonly id: string;
  readonly to: string;
  readonly name: string | undefined;
  readonly notice: Notice;
}

export interface Channel {
  readonly name: 'email' | 'sms';
  /** Where this channel reaches a person; undefined where it does not. */
  addressOf: (contact: Contact) => string | undefined;
  /** @throws TradewindError UNAVAILABLE when the server is away for everybody */
  send: (message: Message) => Promise<Verdict>;
}
