import { keyOf, type Resource } from './resource.ts';

/** A resource that came, changed or went; of one that went unseen while no watch ran, `before` is its last known state. */
export interface Change<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** Where a reflector puts what it sees. */
export interface Store<T> {
  /** Everything that there is: whatever else was known has gone. */
  replace(resources: readonly T[]): void;
  set(resource: T): void;
  delete(resource: T): void;
}

export interface ResourceCacheOptions<T> {
  /** Called after the cache has changed. What it throws goes to `onError`, and stops nothing. */
  readonly onChange?: (change: Change<T>) => void;
  readonly onError?: (error: unknown) => void;
  /** A value that resources are found by, such as an SKU. */
  readonly indexBy?: (resource: T) => string;
}

/** The resources of one kind as they were last seen, by key and by one index. */
export class ResourceCache<T extends Resource> implements Store<T> {
  readonly #options: ResourceCacheOptions<T>;
  readonly #resources = new Map<string, T>();
  readonly #index = new Map<string, Set<string>>();
  readonly #synced = Promise.withResolvers<undefined>();

  constructor(options: ResourceCacheOptions<T> = {}) {
    this.#options = options;
  }

  /** Resolves once everything has been listed: before that, what is not here may exist all the same. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get size(): number {
    return this.#resources.size;
  }

  get(key: string): T | undefined {
    return this.#resources.get(key);
  }

  keys(): readonly string[] {
    return [...this.#resources.keys()];
  }

  /** The keys of the resources whose index value is this. */
  keysBy(value: string): readonly string[] {
    return [...(this.#index.get(value) ?? [])];
  }

  replace(resources: readonly T[]): void {
    const gone = new Map(this.#resources);
    for (const resource of resources) {
      gone.delete(keyOf(resource));
      this.set(resource);
    }
    for (const resource of gone.values()) this.delete(resource);
    this.#synced.resolve(undefined);
  }

  set(resource: T): void {
    const key = keyOf(resource);
    const before = this.#resources.get(key);
    // A list or a resumed watch tells again what is known already.
    if (before?.metadata.resourceVersion === resource.metadata.resourceVersion) return;
    if (before !== undefined) this.#unindex(key, before);
    this.#put(key, resource);
    this.#tell({ key, before, after: resource });
  }

  /**
   * Takes in what this process has made of a resource, and tells nobody: the watch tells it again, when it is known.
   * Does nothing when the resource is no longer known as `before`, because then the watch is ahead.
   */
  advance(before: T, after: T): void {
    const key = keyOf(before);
    if (this.#resources.get(key) !== before) return;
    this.#unindex(key, before);
    this.#put(key, after);
  }

  delete(resource: T): void {
    const key = keyOf(resource);
    const before = this.#resources.get(key);
    if (before === undefined) return;
    this.#unindex(key, before);
    this.#resources.delete(key);
    this.#tell({ key, before, after: undefined });
  }

  #put(key: string, resource: T): void {
    this.#resources.set(key, resource);
    const value = this.#options.indexBy?.(resource);
    if (value !== undefined) this.#index.set(value, (this.#index.get(value) ?? new Set()).add(key));
  }

  #unindex(key: string, resource: T): void {
    const value = this.#options.indexBy?.(resource);
    if (value === undefined) return;
    const keys = this.#index.get(value);
    keys?.delete(key);
    if (keys?.size === 0) this.#index.delete(value);
  }

  #tell(change: Change<T>): void {
    try {
      this.#options.onChange?.(change);
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}
