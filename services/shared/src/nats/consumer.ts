import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind } from '@opentelemetry/api';
import {
  AckPolicy,
  ConsumerEvents,
  DeliverPolicy,
  nanos,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
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

/** Pulls events from a durable consumer in batches until disposed; what it has begun it finishes. */
export function consumeEvents<T extends EventType>(nats: Nats, options: ConsumerOptions<T>): AsyncDisposable {
  const { durable, log } = options;
  const stop = new AbortController();
  const batches = batchHandler(nats, options, stop.signal);
  const running = (async () => {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        const messages = await open(nats, options);
        failures = 0;
        await pump(messages, batches, options, stop.signal);
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

async function open<T extends EventType>(nats: Nats, options: ConsumerOptions<T>): Promise<ConsumerMessages> {
  const admin = await nats.admin();
  const stream = streamOf(options.types);
  await ensureStream(admin, stream);
  await ensureConsumer(admin, stream, options);
  const consumer = await nats.js.consumers.get(stream, options.durable);
  return await consumer.consume({
    max_messages: 2 * batchSize(options),
    expires: 10_000,
    idle_heartbeat: 1_000,
  });
}

/** `max_deliver` stays unlimited: a message that reached it would be kept and never be delivered again. */
async function ensureConsumer<T extends EventType>(
  admin: JetStreamManager,
  stream: StreamName,
  options: ConsumerOptions<T>,
): Promise<void> {
  const changeable = {
    filter_subjects: options.types.map(filterOf),
    ack_wait: nanos(options.ackWaitMs ?? 30_000),
    max_ack_pending: 4 * batchSize(options),
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

/** Moves messages from the pull to the handler, as many at once as are there, until the pull ends or must be opened anew. */
async function pump<T extends EventType>(
  messages: ConsumerMessages,
  handleBatch: (batch: readonly JsMsg[]) => Promise<void>,
  options: ConsumerOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const waiting: JsMsg[] = [];
  const reader = { ended: false };
  let wake = () => {};
  const end = () => {
    messages.stop();
  };
  signal.addEventListener('abort', end, { once: true });
  const lost = watchForLoss(messages, end);
  const reading = (async () => {
    for await (const message of messages) {
      waiting.push(message);
      wake();
    }
  })().finally(() => {
    reader.ended = true;
    wake();
  });
  // What waits in line must not be delivered to another replica meanwhile.
  const heartbeat = setInterval(
    () => {
      for (const message of waiting) message.working();
    },
    (options.ackWaitMs ?? 30_000) / 3,
  );
  try {
    while (!reader.ended && !signal.aborted) {
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      await handleBatch(waiting.splice(0, batchSize(options)));
    }
    for (const message of waiting) message.nak();
  } finally {
    clearInterval(heartbeat);
    signal.removeEventListener('abort', end);
    messages.stop();
    await reading.catch(() => undefined);
    await lost;
  }
}

/** Ends the pull when its stream or consumer is gone, so that both are made again. */
async function watchForLoss(messages: ConsumerMessages, end: () => void): Promise<void> {
  const gone: readonly string[] = [
    ConsumerEvents.ConsumerDeleted,
    ConsumerEvents.ConsumerNotFound,
    ConsumerEvents.StreamNotFound,
    ConsumerEvents.NoResponders,
  ];
  for await (const { type, data } of await messages.status()) {
    const missed = String(type) === String(ConsumerEvents.HeartbeatsMissed) && Number(data) >= 3;
    if (gone.includes(type) || missed) end();
  }
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
    meters.deadLetters.add(1, labels);
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
      meters.messages.record((performance.now() - startedAt) / 1000, { ...labels, outcome });
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
    const heartbeat = setInterval(
      () => {
        for (const message of batch) if (!settle.done(message)) message.working();
      },
      (options.ackWaitMs ?? 30_000) / 3,
    );
    try {
      for (let failures = 0; !signal.aborted; failures += 1) {
        try {
          const items = await readable(batch.filter((message) => !settle.done(message)));
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
      for (const message of batch) if (!settle.done(message)) message.nak();
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
