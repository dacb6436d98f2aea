import { setTimeout as delay } from 'node:timers/promises';
import { Events, type Msg } from 'nats';
import {
  fromJson,
  listen,
  openNats,
  type EventType,
  type Nats,
  type NatsOptions,
  type Payload,
} from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';

/** What the gateway wants to hear; each replica hears all of it, and nothing is replayed to it. */
export interface EventListener {
  /** With the time of the confirmation, where the event says it. */
  readonly orderConfirmed: (orderId: string, at: Date | undefined) => void;
  readonly orderCancelled: (orderId: string) => void;
  /** Undefined when the product is gone. */
  readonly productChanged: (productId: string, version: number | undefined) => void;
  readonly levelChanged: (productId: string, version: number | undefined) => void;
  /** From here on nothing is missed, until `deaf`. */
  readonly hearing: () => void;
  /** The connection is lost: changes go by unheard. */
  readonly deaf: () => void;
}

/** More than a round trip to a server that is there. */
const firstHearingMs = 500;

/**
 * Subscribes to decisions and changes, without a durable consumer: only what happens from now on matters. Resolves when
 * it hears, or after some seconds without NATS, which then goes on connecting in the background.
 */
export async function followEvents(
  url: string,
  listener: EventListener,
  log: Logger,
  options: NatsOptions,
): Promise<AsyncDisposable> {
  const stop = new AbortController();
  const nats = await openNats(url, 'gateway', log, options);
  const following = nats.connected.then(async () => {
    subscribe(nats, listener, log);
    void followConnection(nats, listener);
    await hearFromNowOn(nats, listener);
  });
  following.catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, 'events cannot be followed');
  });
  await Promise.race([following.catch(() => undefined), delay(firstHearingMs)]);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      listener.deaf();
      await nats[Symbol.asyncDispose]();
    },
  };
}

function subscribe(nats: Nats, listener: EventListener, log: Logger): void {
  const on = <T extends EventType>(
    subject: string,
    type: T,
    hear: (subjectId: string, data: Payload<T> | undefined, message: Msg) => void,
  ) => {
    listen(nats.connection, subject, {
      hear: (message) => {
        hear(message.subject.slice(subject.length - 1), parse(type, message.data), message);
      },
      log,
    });
  };
  on('order.confirmed', 'order.confirmed', (_, data, message) => {
    if (data) listener.orderConfirmed(data.orderId, timeOf(message));
  });
  on('order.cancelled', 'order.cancelled', (_, data) => {
    if (data) listener.orderCancelled(data.orderId);
  });
  on('product.state.*', 'product.state', (id, data) => {
    listener.productChanged(id, data?.version);
  });
  on('stock.level.*', 'stock.level', (id, data) => {
    listener.levelChanged(id, data?.version);
  });
}

/** Undefined also where the headers cannot be read, at which the library throws. */
function timeOf(message: Msg): Date | undefined {
  try {
    const time = new Date(message.headers?.get('ce-time') ?? '');
    return Number.isNaN(time.getTime()) ? undefined : time;
  } catch {
    return undefined;
  }
}

/** Undefined for a tombstone, and for what cannot be read. */
function parse<T extends EventType>(type: T, body: Uint8Array): Payload<T> | undefined {
  try {
    return fromJson(type, JSON.parse(Buffer.from(body).toString()));
  } catch {
    return undefined;
  }
}

async function followConnection(nats: Nats, listener: EventListener): Promise<void> {
  for await (const { type } of nats.connection.status()) {
    if (type === Events.Disconnect) listener.deaf();
    else if (type === Events.Reconnect) await hearFromNowOn(nats, listener).catch(() => undefined);
  }
}

/** The server has taken the subscriptions once it has answered a ping that was sent after them. */
async function hearFromNowOn(nats: Nats, listener: EventListener): Promise<void> {
  await nats.connection.flush();
  listener.hearing();
}
