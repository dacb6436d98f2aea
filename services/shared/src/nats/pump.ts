import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, ConsumerMessages, JsMsg, Subscription } from 'nats';
import { batchSize, stillWorking, type ConsumerOptions, type Leased } from './consumer-options.ts';
import type { EventType } from './event-types.ts';

const pullMs = 5_000;
/** The server ends a pull; this much later it has forgotten it. */
const pullGraceMs = 250;

/** Moves messages from the pulls to the handler, as many at once as are there, until a pull fails or the signal aborts. */
export async function pump<T extends EventType>(
  consumer: Consumer,
  handleBatch: (batch: readonly JsMsg[]) => Promise<void>,
  options: ConsumerOptions<T> & Leased,
  signal: AbortSignal,
): Promise<void> {
  const size = batchSize(options);
  const { lingerMs = 0 } = options;
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
    const messages = (await consumer.fetch({ max_messages: room, expires: pullMs })) as Pull;
    const end = () => {
      endPull(messages);
    };
    // The library's own timer would drop what came while this process stood still.
    messages.timeout?.cancel();
    const late = setTimeout(end, pullMs + pullGraceMs);
    signal.addEventListener('abort', end, { once: true });
    try {
      for await (const message of messages) {
        waiting.push(message);
        line.change();
      }
    } finally {
      clearTimeout(late);
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
      if (waiting.length < size && lingerMs > 0) {
        const lingered = await delay(lingerMs, true, { signal }).catch(() => false);
        if (!lingered) break;
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

/** What a pull has beside what the library's types say. */
type Pull = ConsumerMessages & {
  readonly sub?: Subscription;
  readonly timeout?: { readonly cancel: () => void };
};

/**
 * Ends a pull so that what the server has sent already still arrives. `stop()` would drop it, and it would come again only
 * when its ack wait is over.
 */
function endPull(messages: Pull): void {
  const { sub } = messages;
  if (sub && !sub.isClosed()) void sub.drain();
  else messages.stop();
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
