import { EventEmitter } from 'node:events';
import { Events } from 'nats';
import { fromJson, type Nats } from '@tradewind/shared/nats';

export interface LevelChange {
  readonly productId: string;
  readonly sku: string;
  readonly onHand: number;
  readonly version: number;
}

export interface LevelFeed extends AsyncDisposable {
  /**
   * Changes of these products from this call on, the newest of each where the reader is slow. `undefined` says that some may
   * have been missed: read the levels again.
   */
  watch: (productIds: ReadonlySet<string>, signal: AbortSignal) => AsyncIterable<LevelChange | undefined>;
}

const reconnected: readonly string[] = [Events.Reconnect];

/** One subscription a process, however many watch. */
export function levelFeed(nats: Nats): LevelFeed {
  const emitter = new EventEmitter<{ level: [LevelChange]; gap: [] }>().setMaxListeners(0);
  const subscription = nats.connection.subscribe('stock.level.*');
  void (async () => {
    for await (const message of subscription) {
      try {
        emitter.emit('level', fromJson('stock.level', message.json()));
      } catch {
        // Not a level: the readers of the stream dead-letter it.
      }
    }
  })();
  void (async () => {
    for await (const { type } of nats.connection.status()) {
      if (reconnected.includes(type)) emitter.emit('gap');
    }
  })();
  return {
    watch(productIds, signal) {
      const newest = new Map<string, LevelChange>();
      const news = { gap: false, ring: () => {} };
      const onLevel = (change: LevelChange) => {
        if (!productIds.has(change.productId)) return;
        newest.set(change.productId, change);
        news.ring();
      };
      const onGap = () => {
        news.gap = true;
        news.ring();
      };
      emitter.on('level', onLevel).on('gap', onGap);
      signal.addEventListener('abort', () => {
        emitter.off('level', onLevel).off('gap', onGap);
        news.ring();
      });
      return (async function* () {
        while (!signal.aborted) {
          if (news.gap) yield undefined;
          news.gap = false;
          const changes = [...newest.values()];
          newest.clear();
          yield* changes;
          if (newest.size > 0 || isDue(news, signal)) continue;
          await new Promise<void>((resolve) => {
            news.ring = resolve;
          });
        }
      })();
    },
    [Symbol.asyncDispose]() {
      subscription.unsubscribe();
      return Promise.resolve();
    },
  };
}

/** Whether something came up while the reader held the last change. */
const isDue = (news: { readonly gap: boolean }, signal: AbortSignal): boolean => news.gap || signal.aborted;
