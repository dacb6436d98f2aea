import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, nanos, type Consumer, type JetStreamManager } from 'nats';
import { batchHandler } from './batch-handler.ts';
import type { Nats } from './connect.ts';
import { batchSize, streamOf, type ConsumerOptions, type Leased } from './consumer-options.ts';
import type { EventType } from './event-types.ts';
import { isMissing } from './failures.ts';
import { subjectOf } from './publisher.ts';
import { pump } from './pump.ts';
import { ensureStream, type StreamName } from './streams.ts';

/**
 * Messages that were put back with a delay count as unacknowledged until they come again. At this many of them the consumer
 * stands still, so the bound leaves room for a roll-out's worth of events of a newer version; what a replica holds at once
 * is bounded by its pulls.
 */
const maxPutBack = 20_000;

/** Pulls events from a durable consumer in batches until disposed; what it has begun it finishes. */
export function consumeEvents<T extends EventType>(nats: Nats, given: ConsumerOptions<T>): AsyncDisposable {
  const options = { ackWaitMs: nats.ackWaitMs, ...given };
  const { durable, log } = options;
  const stop = new AbortController();
  const batches = batchHandler(nats, options, stop.signal);
  const running = (async () => {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        const consumer = await open(nats, options);
        failures = 0;
        await pump(consumer, batches, options, stop.signal);
      } catch (error) {
        failures += 1;
        log.warn({ err: error, durable }, 'consumer will be opened again');
      }
      const pause = Math.min(100 * 2 ** failures, 5_000);
      await delay(pause, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

async function open<T extends EventType>(
  nats: Nats,
  options: ConsumerOptions<T> & Leased,
): Promise<Consumer> {
  const admin = await nats.admin();
  const stream = streamOf(options.types);
  await ensureStream(admin, stream, nats.streamReplicas);
  await ensureConsumer(admin, stream, options);
  return await nats.js.consumers.get(stream, options.durable);
}

/** `max_deliver` stays unlimited: a message that reached it would be kept and never be delivered again. */
async function ensureConsumer<T extends EventType>(
  admin: JetStreamManager,
  stream: StreamName,
  options: ConsumerOptions<T> & Leased,
): Promise<void> {
  const changeable = {
    filter_subjects: options.types.map(filterOf),
    ack_wait: nanos(options.ackWaitMs),
    max_ack_pending: Math.max(maxPutBack, 4 * batchSize(options)),
    max_deliver: -1,
  };
  try {
    await admin.consumers.info(stream, options.durable);
    await admin.consumers.update(stream, options.durable, changeable);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await admin.consumers.add(stream, {
      ...changeable,
      durable_name: options.durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
  }
}

/** State events have one subject per product. */
const filterOf = (type: EventType): string =>
  type === 'product.state' || type === 'stock.level' ? subjectOf({ type, subjectId: '*' }) : type;
