import { TradewindError } from '@tradewind/shared/errors';
import type { Logger } from '@tradewind/shared/telemetry';
import type { Channel } from './channel.ts';
import type { Contacts } from './contacts.ts';
import { deliveryId, type Deliveries, type Settlement } from './deliveries.ts';
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
 * Tells a person over one channel, at least once: a crash between the server's yes and the record sends the message
 * again under the same id.
 * @throws TradewindError UNAVAILABLE while something that it needs is away for everybody, another code when this notice
 *   alone must wait
 */
export type Notify = (notice: Notice) => Promise<void>;

export function notifier(options: NotifierOptions): Notify {
  const { channel, contacts, deliveries, log } = options;

  async function attempt(id: string, notice: Notice): Promise<Settlement> {
    if (Date.now() - notice.at.getTime() > options.maxEventAgeMs)
      return { state: 'SKIPPED', reason: 'TOO_OLD' };
    const contact = await contacts.find(notice.userId);
    if (!contact) return { state: 'SKIPPED', reason: 'NO_SUCH_USER' };
    const to = channel.addressOf(contact);
    if (to === undefined) return { state: 'SKIPPED', reason: 'NO_ADDRESS' };
    const verdict = await channel.send({ id, to, name: contact.name, notice });
    switch (verdict.result) {
      case 'sent':
        return { state: 'SENT' };
      case 'refused':
        return { state: 'FAILED', reason: verdict.reason };
      case 'deferred':
        throw new TradewindError('RESOURCE_EXHAUSTED', `the recipient takes nothing now: ${verdict.reason}`);
    }
  }

  return async (notice) => {
    const id = deliveryId(notice.eventId, channel.name);
    const claim = await deliveries.claim({
      id,
      eventId: notice.eventId,
      channel: channel.name,
      kind: notice.news.kind,
    });
    if (claim === 'settled') return;
    if (claim === 'busy') throw new TradewindError('VERSION_CONFLICT', `somebody else is sending ${id}`);
    let settlement: Settlement;
    try {
      settlement = await attempt(id, notice);
    } catch (error) {
      await deliveries.release(id);
      throw error;
    }
    await deliveries.settle(id, settlement);
    log.info({ delivery: id, ...settlement }, 'delivery settled');
  };
}
