import { Events, type NatsConnection } from 'nats';
import { fromJson, type Nats } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { ProductRestock } from './product-restock.ts';
import type { ResourceCache } from './runtime/resource-cache.ts';

type Resources = Pick<ResourceCache<ProductRestock>, 'get' | 'keys' | 'keysBy'>;

/**
 * Adds the resources that a changed level of their product concerns: at once while NATS is there, and all of them when
 * it comes back, since nobody knows what went by unheard.
 */
export function wakeByLevels(
  nats: Nats,
  resources: Resources,
  add: (key: string) => void,
  log: Logger,
): AsyncDisposable {
  let stop: () => void = () => undefined;

  function hear(body: Uint8Array): void {
    const { sku, onHand } = fromJson('stock.level', JSON.parse(Buffer.from(body).toString()));
    for (const key of resources.keysBy(sku)) {
      const resource = resources.get(key);
      if (resource !== undefined && concerns(resource, onHand)) add(key);
    }
  }

  async function follow(connection: NatsConnection): Promise<void> {
    const subscription = connection.subscribe('stock.level.*', {
      callback: (error, message) => {
        try {
          if (error) throw error;
          hear(message.data);
        } catch (unread) {
          log.debug({ err: unread, subject: message.subject }, 'not a level');
        }
      },
    });
    stop = () => {
      subscription.unsubscribe();
    };
    await hearAgain(connection);
    for await (const { type } of connection.status()) {
      if (type === Events.Reconnect) await hearAgain(connection);
    }
  }

  async function hearAgain(connection: NatsConnection): Promise<void> {
    try {
      // The server has taken the subscription once it has answered a ping that was sent after it.
      await connection.flush();
      for (const key of resources.keys()) add(key);
    } catch (error) {
      // The connection is lost again, or closed.
      log.debug({ err: error }, 'levels are not heard');
    }
  }

  // It fails when the connection is closed before it was there.
  nats.connected.then(follow).catch(() => undefined);
  return {
    [Symbol.asyncDispose]() {
      stop();
      return Promise.resolve();
    },
  };
}

/** Whether a level may make a restock due, or end what stalled a resource, such as that there was no product. */
export function concerns({ spec, status }: ProductRestock, onHand: number): boolean {
  if (status?.phase === 'Finished') return false;
  if (status?.phase !== 'Waiting') return true;
  const { threshold } = spec.trigger;
  return threshold !== undefined && onHand < threshold.below;
}
