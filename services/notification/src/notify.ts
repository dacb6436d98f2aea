import { TradewindError } from '@tradewind/shared/errors';
import type { Logger } from '@tradewind/shared/telemetry';
import type { Channel, Message } from './channel.ts';
import type { Contacts } from './contacts.ts';
import {
  deliveryId,
  type Claim,
  type Deliveries,
  type Delivery,
  type Settlement,
  type SkipReason,
} from './deliveries.ts';
import type { Notice } from './notice.ts';

export interface NotifierOptions {
  readonly channel: Channel;
  readonly contacts: Contacts;
  readonly deliveries: Deliveries;
  /** Older news are skipped: after a long outage, or a first start with a long history, they would only confuse. */
  readonly maxEventAgeMs: number;
  readonly log: Logger;
}

/**
 * Tells people over one channel, at least once: a crash between the server's yes and the record sends the message again
 * under the same id.
 * @throws TradewindError UNAVAILABLE while something that it needs is away for everybody, another code when a notice
 *   must wait; others of the batch may have been told
 */
export type Notify = (notices: readonly Notice[]) => Promise<void>;

/** Messages on their way at once: a claim begins when its message is sent, not when its batch comes. */
const atOnce = 10;

type Planned = Delivery & ({ readonly message: Message } | { readonly reason: SkipReason });

export function notifier(options: NotifierOptions): Notify {
  const { channel, contacts, deliveries, log } = options;

  async function plan(notices: readonly Notice[]): Promise<readonly Planned[]> {
    const oldest = Date.now() - options.maxEventAgeMs;
    const tooOld = ({ at }: Notice) => at.getTime() < oldest;
    const reachable = await contacts.find(
      new Set(notices.filter((notice) => !tooOld(notice)).map(({ userId }) => userId)),
    );
    return notices.map((notice) => {
      const { eventId, news, userId } = notice;
      const id = deliveryId(eventId, channel.name);
      const delivery = { id, eventId, channel: channel.name, kind: news.kind };
      if (tooOld(notice)) return { ...delivery, reason: 'TOO_OLD' };
      const contact = reachable.get(userId);
      if (!contact) return { ...delivery, reason: 'NO_SUCH_USER' };
      const to = channel.addressOf(contact);
      if (to === undefined) return { ...delivery, reason: 'NO_ADDRESS' };
      return { ...delivery, message: { id, to, name: contact.name, notice } };
    });
  }

  async function attempt(message: Message): Promise<Settlement> {
    const verdict = await channel.send(message);
    switch (verdict.result) {
      case 'sent':
        return { state: 'SENT' };
      case 'refused':
        return { state: 'FAILED', reason: verdict.reason };
      case 'deferred':
        throw new TradewindError('RESOURCE_EXHAUSTED', `this message is not taken now: ${verdict.reason}`);
    }
  }

  async function deliver(planned: readonly (Delivery & { readonly message: Message })[]): Promise<void> {
    const claims = await deliveries.claim(planned);
    const taken = planned.filter((_, index) => claims[index] === 'taken');
    const attempts = await Promise.allSettled(taken.map(({ message }) => attempt(message)));
    const outcomes = taken.map(({ id }, index) => {
      const result = attempts[index];
      return { id, settlement: result?.status === 'fulfilled' ? result.value : undefined };
    });
    await deliveries.close(outcomes);
    for (const { id, settlement } of outcomes)
      if (settlement) log.info({ delivery: id, ...settlement }, 'delivery settled');
    const failed = attempts.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    refuseBusy(claims);
  }

  return async (notices) => {
    // An event that comes twice in a batch would find itself busy.
    const distinct = new Map(notices.map((notice) => [notice.eventId, notice]));
    const planned = await plan([...distinct.values()]);
    const skipped = planned.filter((delivery) => 'reason' in delivery);
    const toSend = planned.filter((delivery) => 'message' in delivery);
    const claims = await deliveries.skip(skipped);
    log.debug({ skipped: skipped.length, toSend: toSend.length }, 'batch planned');
    for (let sent = 0; sent < toSend.length; sent += atOnce) await deliver(toSend.slice(sent, sent + atOnce));
    refuseBusy(claims);
  };
}

function refuseBusy(claims: readonly Claim[]): void {
  if (claims.includes('busy'))
    throw new TradewindError('VERSION_CONFLICT', 'somebody else is at a delivery of this batch');
}
