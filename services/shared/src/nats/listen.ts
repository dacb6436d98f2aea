import type { Msg, NatsConnection, Subscription } from 'nats';
import type { Logger } from '../telemetry/index.ts';

export interface Listener {
  readonly hear: (message: Msg) => void;
  /** The server was asked for the subscription, for the first time or again: what came before went by unheard. */
  readonly subscribed?: () => void;
  readonly log: Logger;
}

const refusedMs = 5_000;

/**
 * Hears what is published on a subject from now on, until disposed of, or until the connection is closed. A server that
 * refuses the subscription ends it, so it is asked for again after five seconds.
 */
export function listen(connection: NatsConnection, subject: string, listener: Listener): Disposable {
  const { hear, subscribed, log } = listener;
  let subscription: Subscription | undefined;
  let timer: NodeJS.Timeout | undefined;

  function subscribe(): void {
    if (connection.isClosed() || connection.isDraining()) return;
    subscription = connection.subscribe(subject, {
      // What it throws would end the library's read loop.
      callback(refusal, message) {
        if (refusal) {
          log.warn({ err: refusal, subject }, 'a subscription was refused');
          timer = setTimeout(subscribe, refusedMs).unref();
          return;
        }
        try {
          hear(message);
        } catch (error) {
          log.debug({ err: error, subject: message.subject }, 'not understood');
        }
      },
    });
    // A connection that is lost meanwhile is told of by its status.
    if (subscribed) connection.flush().then(subscribed, () => undefined);
  }

  subscribe();
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      subscription?.unsubscribe();
    },
  };
}
