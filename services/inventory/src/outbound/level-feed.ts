import { EventEmitter } from 'node:events';
import { Events, type Msg } from 'nats';
import { fromJson, listen, type Nats } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';

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

/** One subscription a process, however many watch. */
export function levelFeed(nats: Nats, log: Logger): LevelFeed {
  const emitter = new EventEmitter<{ level: [LevelChange]; gap: [] }>().setMaxListeners(0);
  let listening: Disposable | undefined;

  function hear(message: Msg): void {
    if (emitter.listenerCount('level') > 0) emitter.emit('level', fromJson('stock.level', message.json()));
  }

  const miss = () => {
    emitter.emit('gap');
  };

  nats.connected
    .then(async (connection) => {
      listening = listen(connection, 'stock.level.*', { hear, subscribed: miss, log });
      for await (const { type } of connection.status()) if (type === Events.Reconnect) miss();
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
      listening?.[Symbol.dispose]();
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
