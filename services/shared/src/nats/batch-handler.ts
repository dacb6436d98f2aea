import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind } from '@opentelemetry/api';
import type { JsMsg } from 'nats';
import { classify } from '../errors/index.ts';
import { meters, traced } from '../telemetry/index.ts';
import type { Nats } from './connect.ts';
import { stillWorking, streamOf, type ConsumerOptions, type Leased } from './consumer-options.ts';
import { deadLetter } from './dead-letters.ts';
import type { EventType } from './event-types.ts';
import { natsFailure } from './failures.ts';
import {
  DataError,
  headerGetter,
  NewerVersionError,
  parseEvent,
  type ReceivedEvent,
} from './received-event.ts';

/** With the pauses between them, some ten minutes: longer than mail servers make a stranger wait. */
const maxTries = 15;
/** Deliveries that end in no failure are those to a reader that is too old, and those that end the process. */
const maxDeliveries = 30;
const aloneFromDelivery = 3;

/** A minute, and each time a fifth more: `maxDeliveries` of them last for 16 hours of a roll-out. */
const newerVersionDelayMs = (deliveries: number): number =>
  Math.round(60_000 * 1.2 ** (Math.min(deliveries, maxDeliveries) - 1));

/** Handles one batch to its end: every message is acknowledged, put back, or a dead letter when it resolves. */
export function batchHandler<T extends EventType>(
  nats: Nats,
  options: ConsumerOptions<T> & Leased,
  signal: AbortSignal,
) {
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
        if (error instanceof NewerVersionError)
          settle.putBack(message, newerVersionDelayMs(message.info.deliveryCount));
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
    } else if (first.event.deliveries >= maxTries) {
      await bury(first.message, `failed at delivery ${first.event.deliveries}`);
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

function partition<I>(items: readonly I[], test: (item: I) => boolean): [I[], I[]] {
  const yes: I[] = [];
  const no: I[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
