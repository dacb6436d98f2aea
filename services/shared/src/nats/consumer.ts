import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind } from '@opentelemetry/api';
import {
  AckPolicy,
  DeliverPolicy,
  nanos,
  type Consumer,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
  type Subscription,
} from 'nats';
import { classify, type Classifier } from '../errors/index.ts';
import { meters, traced, type Logger } from '../telemetry/index.ts';
import type { Nats } from './connect.ts';
import { deadLetter } from './dead-letters.ts';
import { subjectOf } from './publisher.ts';
import { eventTypes, type EventType } from './event-types.ts';
import { isMissing, natsFailure } from './failures.ts';
import {
  DataError,
  headerGetter,
  NewerVersionError,
  parseEvent,
  type ReceivedEvent,
} from './received-event.ts';
import { ensureStream, type StreamName } from './streams.ts';

export interface ConsumerOptions<T extends EventType> {
  /** The durable name; replicas with the same name share the messages. */
  readonly durable: string;
  /** Event types of one stream. */
  readonly types: readonly T[];
  /** At most this many events at once. */
  readonly maxBatch?: number;
  /**
   * Handles events in the order received; all of them are acknowledged when it resolves. It must take repeats.
   * A DataError dead-letters; an UNAVAILABLE (see classifiers) pauses pulling and repeats the batch, using up no tries;
   * anything else halves the batch until the culprit stands alone, which is then put back with a delay.
   */
  readonly handle: (events: readonly ReceivedEvent<T>[]) => Promise<void>;
  /** What the handler's failures mean. */
  readonly classifiers?: readonly Classifier[];
  readonly log: Logger;
  /** Unacknowledged for this long, a message is delivered again. */
  readonly ackWaitMs?: number;
}

const maxDeliveries = 10;
const aloneFromDelivery = 3;
const newerVersionDelayMs = 60_000;
const pullMs = 5_000;
/**
 * Messages that were put back with a delay count as unacknowledged until they come again. At this many of them the consumer
 * stands still, so the bound leaves room for a roll-out's worth of events of a newer version; what a replica holds at once
 * is bounded by its pulls.
 */
const maxPutBack = 20_000;

/** Pulls events from a durable consumer in batches until disposed; what it has begun it finishes. */
export function consumeEvents<T extends EventType>(nats: Nats, options: ConsumerOptions<T>): AsyncDisposable {
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

async function open<T extends EventType>(nats: Nats, options: ConsumerOptions<T>): Promise<Consumer> {
  const admin = await nats.admin();
  const stream = streamOf(options.types);
  await ensureStream(admin, stream);
  await ensureConsumer(admin, stream, options);
  return await nats.js.consumers.get(stream, options.durable);
}

/** `max_deliver` stays unlimited: a message that reached it would be kept and never be delivered again. */
async function ensureConsumer<T extends EventType>(
  admin: JetStreamManager,
  stream: StreamName,
  options: ConsumerOptions<T>,
): Promise<void> {
  const changeable = {
    filter_subjects: options.types.map(filterOf),
    ack_wait: nanos(ackWait(options)),
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

/** Moves messages from the pulls to the handler, as many at once as are there, until a pull fails or the signal aborts. */
async function pump<T extends EventType>(
  consumer: Consumer,
  handleBatch: (batch: readonly JsMsg[]) => Promise<void>,
  options: ConsumerOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const size = batchSize(options);
  const waiting: JsMsg[] = [];
  const line = changes();
  const pulling = { ended: false };
  const pull = async () => {
    while (!signal.aborted) {
      if (waiting.length > size) await line.changed();
      else await pullUpTo(2 * size - waiting.length);
    }
  };
  const pullUpTo = async (room: number) => {
    const messages = await consumer.fetch({ max_messages: room, expires: pullMs });
    const end = () => {
      endPull(messages);
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      for await (const message of messages) {
        waiting.push(message);
        line.change();
      }
    } finally {
      signal.removeEventListener('abort', end);
    }
  };
  const pulled = pull().finally(() => {
    pulling.ended = true;
    line.change();
  });
  // Its failure is looked at last.
  pulled.catch(() => undefined);
  signal.addEventListener('abort', line.change, { once: true });
  const heartbeat = stillWorking(() => waiting, options);
  try {
    while (!pulling.ended && !signal.aborted) {
      if (waiting.length === 0) {
        await line.changed();
        continue;
      }
      const batch = waiting.splice(0, size);
      line.change();
      await handleBatch(batch);
    }
  } finally {
    try {
      await pulled;
    } finally {
      // Not before the pull has ended: it would get them back.
      for (const message of waiting) message.nak();
      clearInterval(heartbeat);
      signal.removeEventListener('abort', line.change);
    }
  }
}

/**
 * Ends a pull so that what the server has sent already still arrives. `stop()` would drop it, and it would come again only
 * when its ack wait is over.
 */
function endPull(messages: ConsumerMessages): void {
  const { sub } = messages as ConsumerMessages & { readonly sub?: Subscription };
  if (sub && !sub.isClosed()) void sub.drain();
  else messages.stop();
}

/** What waits here must not be delivered to another replica meanwhile. */
function stillWorking<T extends EventType>(
  messages: () => readonly JsMsg[],
  options: ConsumerOptions<T>,
): NodeJS.Timeout {
  return setInterval(
    () => {
      for (const message of messages()) message.working();
    },
    ackWait(options) / 3,
  );
}

/** Lets one loop wait for what another one does. */
function changes() {
  let next = Promise.withResolvers<undefined>();
  return {
    changed: () => next.promise,
    change: () => {
      next.resolve(undefined);
      next = Promise.withResolvers<undefined>();
    },
  };
}

/** Handles one batch to its end: every message is acknowledged, put back, or a dead letter when it resolves. */
function batchHandler<T extends EventType>(nats: Nats, options: ConsumerOptions<T>, signal: AbortSignal) {
  const { durable, types, log } = options;
  const stream = streamOf(types);
  const classifiers = [...(options.classifiers ?? []), natsFailure];
  const labels = { stream, consumer: durable };
  const settle = settlements();

  async function bury(message: JsMsg, reason: string): Promise<void> {
    await deadLetter(nats, message, reason);
    settle.ack(message);
    meters.deadLetters().add(1, labels);
    log.error({ durable, subject: message.subject, sequence: message.seq, reason }, 'dead letter');
  }

  /** The batch without what needs no handling: worn-out, unreadable and too new messages. */
  async function readable(batch: readonly JsMsg[]): Promise<Item<T>[]> {
    const items: Item<T>[] = [];
    for (const message of batch) {
      try {
        const event = parseEvent(message, types);
        if (event.deliveries >= maxDeliveries) await bury(message, `delivered ${event.deliveries} times`);
        else items.push({ message, event });
      } catch (error) {
        if (error instanceof NewerVersionError) settle.putBack(message, newerVersionDelayMs);
        else if (error instanceof DataError) await bury(message, error.message);
        else throw error;
      }
    }
    return items;
  }

  async function attempt(items: readonly Item<T>[]): Promise<void> {
    const first = items[0];
    if (!first) return;
    const startedAt = performance.now();
    let outcome = 'ok';
    try {
      await traced(`${durable} process`, SpanKind.CONSUMER, first.message.headers, headerGetter, () =>
        options.handle(items.map(({ event }) => event)),
      );
      for (const { message } of items) settle.ack(message);
    } catch (error) {
      outcome = 'failed';
      await recover(items, first, error);
    } finally {
      meters.messages().record((performance.now() - startedAt) / 1000, { ...labels, outcome });
    }
  }

  async function recover(items: readonly Item<T>[], first: Item<T>, error: unknown): Promise<void> {
    if (classify(error, classifiers).code === 'UNAVAILABLE') throw error;
    if (items.length > 1) {
      const half = Math.ceil(items.length / 2);
      await attempt(items.slice(0, half));
      await attempt(items.slice(half));
    } else if (error instanceof DataError) {
      await bury(first.message, error.message);
    } else {
      log.error({ err: error, durable, subject: first.message.subject, event: first.event.id }, 'put back');
      settle.putBack(first.message, Math.min(1000 * 2 ** first.event.deliveries, 60_000));
    }
  }

  return async (batch: readonly JsMsg[]): Promise<void> => {
    const open = () => batch.filter((message) => !settle.done(message));
    const heartbeat = stillWorking(open, options);
    try {
      for (let failures = 0; !signal.aborted; failures += 1) {
        try {
          const items = await readable(open());
          const [alone, together] = partition(items, ({ event }) => event.deliveries >= aloneFromDelivery);
          await attempt(together);
          for (const item of alone) await attempt([item]);
          return;
        } catch (error) {
          const pause = Math.min(200 * 2 ** failures, 10_000);
          log.warn({ err: error, durable, pause }, 'paused: a dependency is away');
          await delay(pause, undefined, { signal }).catch(() => undefined);
        }
      }
      for (const message of open()) message.nak();
    } finally {
      clearInterval(heartbeat);
    }
  };
}

/** Remembers which messages have had their answer, so that a batch that runs again takes only the others. */
function settlements() {
  const settled = new WeakSet<JsMsg>();
  return {
    done: (message: JsMsg) => settled.has(message),
    ack: (message: JsMsg) => {
      settled.add(message);
      message.ack();
    },
    putBack: (message: JsMsg, delayMs: number) => {
      settled.add(message);
      message.nak(delayMs);
    },
  };
}

interface Item<T extends EventType> {
  readonly message: JsMsg;
  readonly event: ReceivedEvent<T>;
}

const ackWait = ({ ackWaitMs = 30_000 }: { readonly ackWaitMs?: number }): number => ackWaitMs;

const batchSize = ({ maxBatch = 200 }: { readonly maxBatch?: number }): number => maxBatch;

/** State events have one subject per product. */
const filterOf = (type: EventType): string =>
  type === 'product.state' || type === 'stock.level' ? subjectOf({ type, subjectId: '*' }) : type;

function streamOf(types: readonly EventType[]): StreamName {
  const names = new Set(types.map((type) => eventTypes[type].stream));
  const [name] = names;
  if (name === undefined || names.size > 1)
    throw new Error(`a consumer reads one stream, not ${[...names].join(', ')}`);
  return name;
}

function partition<I>(items: readonly I[], test: (item: I) => boolean): [I[], I[]] {
  const yes: I[] = [];
  const no: I[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
