import { randomBytes } from 'node:crypto';
import type { Api } from './api-client.ts';
import { isNotFound } from './api-error.ts';
import { inSeconds } from './conditions.ts';
import { EventCorrelator, type EventRecord } from './event-correlator.ts';
import type { Resource } from './resource.ts';

export interface EventRecorderOptions {
  readonly api: Api;
  /** Who tells, in the column "From" of `kubectl describe`. */
  readonly component: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Told of each event that could not be written; it is lost then. */
  readonly onError: (error: unknown) => void;
}

/** Beyond so many that wait to be written, new ones are dropped: events must not hold up, nor fill up, a process. */
const mostWaiting = 1000;

/** Tells people what happened to a resource, in its events. Never waits and never fails. */
export class EventRecorder implements AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #correlator = new EventCorrelator();
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(resource: Resource, event: EventRecord): void {
    if (this.#waiting >= mostWaiting) return;
    this.#waiting += 1;
    // One after the other, so that an event is there before it is counted up.
    this.#written = this.#written
      .then(() => this.#write(resource, event))
      .catch(this.#options.onError)
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** Resolves when everything that was recorded has been written, or has failed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written;
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
    const { api, component, apiVersion, kind } = this.#options;
    const { namespace = 'default', name, uid, resourceVersion } = resource.metadata;
    const at = new Date();
    // kubectl shows those of one second by their names, so later ones have later names.
    const eventName = `${name}.${at.getTime().toString(16)}${randomBytes(4).toString('hex')}`;
    const now = inSeconds(at);
    await api.request({
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
    await this.#options.api.request({
      method: 'PATCH',
      path: `/api/v1/namespaces/${namespace}/events/${name}`,
      contentType: 'application/merge-patch+json',
      body: { count, message, lastTimestamp: inSeconds(new Date()) },
    });
  }
}
