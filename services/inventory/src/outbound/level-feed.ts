import { EventEmitter } from 'node:events';
import { Events, type NatsConnection, type Subscription } from 'nats';
import { fromJson, type Nats } from '@tradewind/shared/nats';

export interface LevelChange {
  readonly productId: string;
  readonly sku: string;
  readonly onHand: number;
  readonly version: number;
}

export interface LevelFeed extends AsyncDisposable {
  /** Collects changes of these products from this call on, until it is disposed of. */
  watch: (productIds: ReadonlySet<string>) => LevelWatch;
  /** How many watch. */
  readonly watching: () => number;
}

export interface LevelWatch extends Disposable {
  /**
   * The newest change of each product, also where the reader is slow, until the signal aborts. `undefined` says that some
   * may have been missed: read the levels again.
   */
  changes: (signal: AbortSignal) => AsyncIterable<LevelChange | undefined>;
}

const reconnected: readonly string[] = [Events.Reconnect];

/** One subscription a process, however many watch. */
export function levelFeed(nats: Nats): LevelFeed {
  const emitter = new EventEmitter<{ level: [LevelChange]; gap: [] }>().setMaxListeners(0);

  async function emitLevels(subscription: Subscription): Promise<void> {
    for await (const message of subscription) {
      if (emitter.listenerCount('level') === 0) continue;
      try {
        emitter.emit('level', fromJson('stock.level', message.json()));
      } catch {
        // Not a level: the readers of the stream dead-letter it.
      }
    }
  }

  async function emitGaps(connection: NatsConnection): Promise<void> {
    // Who watched before the server had the subscription has missed what came until then.
    await connection.flush();
    emitter.emit('gap');
    for await (const { type } of connection.status()) {
      if (reconnected.includes(type)) emitter.emit('gap');
    }
  }

  let subscription: Subscription | undefined;
  nats.connected
    .then(async (connection) => {
      subscription = connection.subscribe('stock.level.*');
      void emitLevels(subscription);
      await emitGaps(connection);
    })
    // The connection was closed.
    .catch(() => undefined);

  return {
    watch(productIds) {
      const news = gatherNews();
      const onLevel = (change: LevelChange) => {
        if (productIds.has(change.productId)) news.add(change);
      };
      emitter.on('level', onLevel).on('gap', news.miss);
      return {
        changes: news.read,
        [Symbol.dispose]() {
          emitter.off('level', onLevel).off('gap', news.miss);
        },
      };
    },
    watching: () => emitter.listenerCount('level'),
    [Symbol.asyncDispose]() {
      subscription?.unsubscribe();
      return Promise.resolve();
    },
  };
}

/** What one reader has not read yet: at most one change a product. */
function gatherNews() {
  const newest = new Map<string, LevelChange>();
  let missed = false;
  let rung = Promise.withResolvers<undefined>();
  const ring = () => {
    rung.resolve(undefined);
    rung = Promise.withResolvers<undefined>();
  };
  const take = (): (LevelChange | undefined)[] => {
    const news = [...(missed ? [undefined] : []), ...newest.values()];
    missed = false;
    newest.clear();
    return news;
  };
  function add(change: LevelChange): void {
    // What a stalled writer publishes is heard here too, although the stream refuses it.
    if ((newest.get(change.productId)?.version ?? -1) >= change.version) return;
    newest.set(change.productId, change);
    ring();
  }

  function miss(): void {
    missed = true;
    ring();
  }

  async function* read(signal: AbortSignal): AsyncIterable<LevelChange | undefined> {
    signal.addEventListener('abort', ring, { once: true });
    try {
      while (!signal.aborted) {
        const news = take();
        yield* news;
        if (news.length === 0) await rung.promise;
      }
    } finally {
      signal.removeEventListener('abort', ring);
    }
  }

  return { add, miss, read };
}
