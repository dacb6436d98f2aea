import type { ApiClient } from '@tradewind/restock-controller/parts/runtime/api-client.ts';
import { Reflector } from '@tradewind/restock-controller/parts/runtime/reflector.ts';

const collection = '/apis/inventory.tradewind.dev/v1alpha1/namespaces/default/productrestocks';

interface Restock {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
  };
  readonly status?: { readonly phase?: string; readonly observedGeneration?: number };
}

export interface FreshRestocks {
  readonly count: number;
  /** What they add to the stock of all products together. */
  readonly units: number;
}

const quantity = 10;
/** Every fifth waits for its threshold; the others restock at once. */
const thresholdEvery = 5;
const atOnce = 32;
const deletedAtOnce = 1_000;
const deletionTimeoutMs = 120_000;

/** Removes all restocks and creates one for each SKU. They are new to inventory, which knows them by their uid. */
export async function renewRestocks(
  api: ApiClient,
  skus: readonly string[],
  signal: AbortSignal,
): Promise<FreshRestocks> {
  await removeAll(api, signal);
  const rest = skus.entries();
  const create = async () => {
    for (const [index, sku] of rest) {
      const trigger = isThreshold(index) ? { threshold: { below: 100 } } : { immediate: {} };
      const spec = { sku, trigger, quantity, reason: 'benchmark' };
      const metadata = { name: sku.toLowerCase() };
      const body = { apiVersion: 'inventory.tradewind.dev/v1alpha1', kind: 'ProductRestock', metadata, spec };
      await api.request({ method: 'POST', path: collection, body, signal });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, create));
  const immediate = skus.filter((_, index) => !isThreshold(index)).length;
  return { count: skus.length, units: immediate * quantity };
}

const isThreshold = (index: number) => index % thresholdEvery === thresholdEvery - 1;

async function removeAll(api: ApiClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    const query = { limit: deletedAtOnce };
    const { items } = await api.request<{ items: readonly unknown[] }>({
      ...{ path: collection, query: { limit: 1 }, signal },
    });
    if (items.length === 0) return;
    await api.request({
      ...{ method: 'DELETE', path: collection, query, timeoutMs: deletionTimeoutMs, signal },
    });
  }
}

export interface Settling extends AsyncDisposable {
  /** Resolves when every restock has a status that says that nothing is to be done. */
  readonly all: Promise<void>;
}

/** Watches the restocks until they are settled, from now on. */
export function watchSettling(api: ApiClient, count: number, onError: (error: unknown) => void): Settling {
  const settled = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const set = ({ metadata: { name, generation }, status }: Restock) => {
    const done = status?.phase === 'Finished' || status?.phase === 'Waiting';
    if (!done || status.observedGeneration !== generation) return;
    settled.add(name);
    if (settled.size === count) resolve(undefined);
  };
  const store = {
    set,
    replace: (restocks: readonly Restock[]) => {
      restocks.forEach(set);
    },
    delete: () => undefined,
  };
  const reflector = new Reflector<Restock>({ api, path: collection, store, onError });
  return { all: promise, [Symbol.asyncDispose]: () => reflector.stop() };
}
