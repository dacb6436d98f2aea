import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, ApiRequest } from './api-client.ts';
import { ApiError, isNotFound } from './api-error.ts';
import { Backoff } from './backoff.ts';
import { inSeconds } from './conditions.ts';
import { EventCorrelator, type EventRecord } from './event-correlator.ts';
import type { Resource } from './resource.ts';
import { Timer } from './timer.ts';

export interface EventRecorderOptions {
  readonly api: Api;
  /** Who tells, in the column "From" of `kubectl describe`. */
  readonly component: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Told of each event that is lost, and once of many that are lost for one reason. */
  readonly onError: (error: unknown) => void;
  /** How long disposing may take, in milliseconds; by default 5 s. */
  readonly flushMs?: number;
}

/** Beyond so many that wait to be written, new ones are dropped: events must not hold up, nor fill up, a process. */
const mostWaiting = 1000;

/** Together they take about as long as an API server takes to start again. */
const mostAttempts = 6;
const pauses = { firstMs: 250, longestMs: 8000 };

/** Tells people what happened to a resource, in its events. Never waits and never fails. */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #correlator = new EventCorrelator();
  readonly #givenUp = new AbortController();
  #waiting = 0;
  #isDropping = false;
  #written: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(resource: Resource, event: EventRecord): void {
    const { onError } = this.#options;
    if (this.#waiting >= mostWaiting) {
      if (!this.#isDropping) onError(new Error(`events are dropped while ${mostWaiting} wait to be written`));
      this.#isDropping = true;
      return;
    }
    this.#waiting += 1;
    // One after the other, so that an event is there before it is counted up.
    this.#written = this.#written
      .then(() => this.#write(resource, event))
      .catch((error: unknown) => {
        if (!this.#givenUp.signal.aborted) onError(error);
      })
      .finally(() => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#isDropping = false;
      });
  }

  /** Resolves when everything that was recorded has been written, or has failed, or was given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { onError, flushMs = 5000 } = this.#options;
    const timer = new Timer(flushMs, () => {
      onError(new Error(`${this.#waiting} events were not written within ${flushMs} ms`));
      this.#givenUp.abort();
    });
    await this.#written;
    timer[Symbol.dispose]();
  }

  async #write(resource: Resource, event: EventRecord): Promise<void> {
    const correlated = this.#correlator.correlate(resource.metadata.uid, event);
    if (correlated === undefined) return;
    const { told, message } = correlated;
    try {
      if (told.name !== undefined) {
        told.count += 1;
        await this.#count(resource, told.name, message, told.count);
        return;
      }
    } catch (error) {
      told.name = undefined;
      // The API server forgets events after an hour.
      if (!isNotFound(error)) throw error;
    }
    told.name = await this.#create(resource, event, message);
    told.count = 1;
  }

  async #create(resource: Resource, { type, reason }: EventRecord, message: string): Promise<string> {
    const { component, apiVersion, kind } = this.#options;
    const { namespace = 'default', name, uid, resourceVersion } = resource.metadata;
    const at = new Date();
    // kubectl shows those of one second by their names, so later ones have later names.
    const eventName = `${name}.${at.getTime().toString(16)}${randomBytes(4).toString('hex')}`;
    const now = inSeconds(at);
    await this.#request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/events`,
      body: {
        metadata: { name: eventName, namespace },
        involvedObject: { apiVersion, kind, namespace, name, uid, resourceVersion },
        ...{ type, reason, message, count: 1, firstTimestamp: now, lastTimestamp: now },
        source: { component },
        reportingComponent: component,
      },
    });
    return eventName;
  }

  async #count(resource: Resource, name: string, message: string, count: number): Promise<void> {
    const { namespace = 'default' } = resource.metadata;
    await this.#request({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/events/${name}`,
      contentType: 'application/merge-patch+json',
      body: { count, message, lastTimestamp: inSeconds(new Date()) },
    });
  }

  /** Tries again while that may help. */
  async #request(request: ApiRequest): Promise<void> {
    const { signal } = this.#givenUp;
    const backoff = new Backoff(pauses);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#options.api.request({ ...request, signal });
        return;
      } catch (error) {
        const refusal = error instanceof ApiError ? error : undefined;
        // Of an earlier attempt only the answer was lost.
        if (refusal?.reason === 'AlreadyExists') return;
        const isFinal = refusal !== undefined && refusal.status !== 429 && refusal.status < 500;
        if (isFinal || attempt === mostAttempts) throw error;
        await sleep(backoff.next(refusal?.retryAfterMs), undefined, { signal });
      }
    }
  }
}
