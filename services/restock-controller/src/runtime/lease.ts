import type { Api } from './api-client.ts';
import { isConflict, isNotFound } from './api-error.ts';
import type { Resource } from './resource.ts';

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface LeaseResource extends Resource {
  readonly spec: LeaseSpec;
}

export interface LeaseOptions {
  readonly api: Api;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
}

/** A Lease of the Kubernetes API, as one candidate for it sees it. */
export class Lease {
  readonly #options: LeaseOptions;
  /** As it was written or read last; undefined when that is not known. */
  #known: LeaseResource | undefined;
  /** Which renewal was seen last, and since when on this process's own clock: clocks of two machines are not compared. */
  #seen: { readonly resourceVersion: string; readonly at: number } | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** True when somebody else was the holder at the last look. */
  get isTaken(): boolean {
    const holder = this.#known?.spec.holderIdentity ?? '';
    return holder !== '' && holder !== this.#options.identity;
  }

  /**
   * Takes or renews the lease, unless somebody else holds it or was faster.
   *
   * @param timeoutMs for all that it takes
   * @throws ApiError and others when the API server refuses or does not answer; the lease may have been renewed then
   */
  async tryHold(timeoutMs: number): Promise<boolean> {
    const signal = timeout(timeoutMs);
    try {
      // The holder writes upon what it wrote last, and finds out by a conflict if somebody else wrote meanwhile.
      const current = this.#isHeld() ? this.#known : await this.#read(signal);
      if (current !== undefined && !this.#isHeld() && !this.#isFree(current)) return false;
      await this.#write(current, this.#options.identity, signal);
      return true;
    } catch (error) {
      this.#known = undefined;
      if (isConflict(error)) return false;
      throw error;
    }
  }

  /** Lets whoever comes first have it. */
  async release(timeoutMs: number): Promise<void> {
    if (this.#isHeld()) await this.#write(this.#known, '', timeout(timeoutMs));
    this.#known = undefined;
  }

  #isHeld(): boolean {
    return this.#known?.spec.holderIdentity === this.#options.identity;
  }

  #isFree({ spec }: LeaseResource): boolean {
    if (!spec.holderIdentity || spec.holderIdentity === this.#options.identity) return true;
    const unchangedMs = performance.now() - (this.#seen?.at ?? Infinity);
    return unchangedMs > (spec.leaseDurationSeconds ?? 0) * 1000;
  }

  async #read(signal: AbortSignal): Promise<LeaseResource | undefined> {
    const { api, name } = this.#options;
    const path = `${this.#collection()}/${name}`;
    const found = await api.request<LeaseResource>({ path, signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    this.#know(found);
    return found;
  }

  async #write(current: LeaseResource | undefined, holder: string, signal: AbortSignal): Promise<void> {
    const { api, name, leaseMs } = this.#options;
    const now = microTime(new Date());
    const isNew = current?.spec.holderIdentity !== holder;
    const spec: LeaseSpec = {
      ...current?.spec,
      holderIdentity: holder,
      leaseDurationSeconds: holder === '' ? 1 : Math.ceil(leaseMs / 1000),
      renewTime: now,
      acquireTime: isNew ? now : (current.spec.acquireTime ?? now),
      leaseTransitions: (current?.spec.leaseTransitions ?? 0) + (isNew && current && holder !== '' ? 1 : 0),
    };
    const written = await api.request<LeaseResource>({
      method: current === undefined ? 'POST' : 'PUT',
      path: current === undefined ? this.#collection() : `${this.#collection()}/${name}`,
      // The resource version in the metadata makes the API server refuse what is not the next version.
      body: {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: current?.metadata ?? { name },
        spec,
      },
      signal,
    });
    this.#know(written);
  }

  #know(lease: LeaseResource | undefined): void {
    this.#known = lease;
    const resourceVersion = lease?.metadata.resourceVersion;
    if (resourceVersion === undefined) this.#seen = undefined;
    else if (resourceVersion !== this.#seen?.resourceVersion)
      this.#seen = { resourceVersion, at: performance.now() };
  }

  #collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.namespace}/leases`;
  }
}

const timeout = (ms: number): AbortSignal => AbortSignal.timeout(Math.ceil(ms));

/** Kubernetes' MicroTime, which wants exactly six digits. */
function microTime(at: Date): string {
  return at.toISOString().replace(/(\.\d{3})Z$/, '$1000Z');
}
