import { mongoFailure } from '@tradewind/shared/mongo';
import { consumeEvents, type Nats } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { Channel } from './channel.ts';
import { noticeOf, type NewsworthyEvent } from './notice.ts';
import type { Notify } from './notify.ts';

/** Messages on their way at once, for each stream. */
const atOnce = 10;

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
    maxBatch: atOnce,
    classifiers: [mongoFailure],
    log,
    handle: async (events) => {
      const attempts = await Promise.allSettled(events.map(async (event) => notify(noticeOf(event))));
      const failed = attempts.find((attempt) => attempt.status === 'rejected');
      if (failed) throw failed.reason;
    },
  });
}
