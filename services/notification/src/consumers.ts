import { mongoFailure } from '@tradewind/shared/mongo';
import { consumeEvents, type Nats } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { Channel } from './channel.ts';
import { noticeOf, type NewsworthyEvent } from './notice.ts';
import type { Notify } from './notify.ts';

/** Most events send nothing, and together cost a call and a write; the user service gives no more than 200 contacts. */
const maxBatch = 100;
/** Nobody waits for a mail as one does for a page. */
const lingerMs = 200;

/**
 * Notifies of the events of one stream. Each channel has its own durable consumer, so that one whose server is away
 * does not hold up the other.
 */
export function notifyOf(
  nats: Nats,
  channel: Channel['name'],
  types: readonly NewsworthyEvent[],
  notify: Notify,
  log: Logger,
): AsyncDisposable {
  return consumeEvents(nats, {
    durable: `notification-${channel}`,
    types,
    maxBatch,
    lingerMs,
    classifiers: [mongoFailure],
    log,
    handle: (events) => notify(events.map(noticeOf)),
  });
}
