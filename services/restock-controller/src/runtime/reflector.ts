import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, SilentWatchError, type WatchEvent } from './api-client.ts';
import { ApiError, type ApiStatus, isExpired } from './api-error.ts';
import { Backoff } from './backoff.ts';
import type { Resource, ResourceList } from './resource.ts';
import type { Store } from './resource-cache.ts';

export interface ReflectorOptions<T> {
  readonly api: Api;
  /** Of the collection, such as `/apis/inventory.tradewind.dev/v1alpha1/productrestocks`. */
  readonly path: string;
  readonly store: Store<T>;
  /** What is kept of a resource; by default all of it. */
  readonly keep?: (resource: T) => T;
  /** Told of each failure, after which it goes on. */
  readonly onError: (error: unknown) => void;
  /** How many resources a page of the list has. */
  readonly pageSize?: number;
  /** How long the server lets a watch run; by default 5 to 10 minutes at random, so that not all end together. */
  readonly watchSeconds?: () => number;
  /** A watch without a byte for so long is dead: the server sends a bookmark about every minute. */
  readonly idleMs?: number;
  readonly backoff?: Backoff;
}

const defaults = {
  pageSize: 500,
  watchSeconds: () => Math.round(300 * (1 + Math.random())),
  idleMs: 150_000,
};

/** A watch that ends sooner, and told nothing, was refused in a polite way. */
const shortWatchMs = 1000;

/**
 * Keeps a store as the API server has it, until it is stopped: lists page by page, then watches from there, and after
 * an interruption goes on where it was. When the server no longer knows that point, or has said nothing for too long, it
 * lists again, and the store finds out what went meanwhile. No error is final.
 */
export class Reflector<T extends Resource> implements AsyncDisposable {
  readonly #options: Required<ReflectorOptions<T>>;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** The point up to which the store is whole; undefined before the first list and when the server has forgotten it. */
  #resourceVersion: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = { ...defaults, keep: (resource) => resource, backoff: new Backoff(), ...options };
    this.#running = this.#run();
  }

  /** Ends the watch, and resolves when nothing will reach the store any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #run(): Promise<void> {
    const { backoff, onError } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#resourceVersion ??= await this.#list();
        await this.#watch(this.#resourceVersion);
      } catch (error) {
        if (this.#isStopped()) return;
        onError(error);
        // A server that was restored from a backup says nothing to whoever asks for what is still to come.
        if (isExpired(error) || error instanceof SilentWatchError) this.#resourceVersion = undefined;
        const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
        await sleep(backoff.next(asked), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Lists everything into the store. Returns the resource version to watch from. */
  async #list(): Promise<string> {
    const items: T[] = [];
    let page = await this.#page(undefined);
    items.push(...page.items);
    while (page.metadata.continue) {
      page = await this.#page(page.metadata.continue);
      items.push(...page.items);
    }
    this.#options.store.replace(items);
    return page.metadata.resourceVersion;
  }

  async #page(next: string | undefined): Promise<ResourceList<T>> {
    const { api, path, pageSize, keep } = this.#options;
    const page = await api.request<ResourceList<T>>({
      path,
      query: { limit: pageSize, continue: next },
      signal: this.#stop.signal,
    });
    return { ...page, items: page.items.map(keep) };
  }

  async #watch(from: string): Promise<void> {
    const { api, path, watchSeconds, idleMs, backoff } = this.#options;
    const began = performance.now();
    let told = 0;
    const events = api.watch<T>({
      path,
      query: { resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds: watchSeconds() },
      signal: this.#stop.signal,
      idleMs,
    });
    for await (const event of events) {
      if (this.#isStopped()) return;
      this.#take(event);
      told += 1;
      backoff.reset();
    }
    if (told === 0 && performance.now() - began < shortWatchMs) throw new Error('the watch ended at once');
  }

  #take({ type, object }: WatchEvent<T>): void {
    const { store, keep } = this.#options;
    if (type === 'ERROR') {
      const status = object as ApiStatus;
      throw new ApiError(status.code ?? 500, status);
    }
    if (type === 'DELETED') store.delete(object);
    else if (type !== 'BOOKMARK') store.set(keep(object));
    this.#resourceVersion = object.metadata.resourceVersion;
  }
}
