import { isDeepStrictEqual } from 'node:util';
import type { Api } from './api-client.ts';
import { isConflict, isNotFound } from './api-error.ts';
import type { Resource } from './resource.ts';

export interface StatusWriterOptions {
  readonly api: Api;
  /** Whose fields they are, for server-side apply. */
  readonly fieldManager: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Such as `productrestocks`. */
  readonly plural: string;
}

export interface WithStatus<S> extends Resource {
  readonly status?: S;
}

/** Writes the status of resources by server-side apply: the whole status, and only when it has changed. */
export class StatusWriter<S extends object> {
  readonly #options: StatusWriterOptions;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /**
   * Makes the status of a resource this one. Does nothing when the resource has it already, when it is gone, and when
   * it is no longer as it was seen, or another of the same name: the watch will tell, and the next look writes.
   *
   * @param resource as it was last seen
   * @returns whether something was written
   * @throws ApiError and others when the API server refuses for another reason or does not answer
   */
  async write(resource: WithStatus<S>, status: S, signal?: AbortSignal): Promise<boolean> {
    if (isDeepStrictEqual(withoutUndefined(status), resource.status)) return false;
    const { api, fieldManager, apiVersion, kind, plural } = this.#options;
    const { namespace = '', name, resourceVersion } = resource.metadata;
    try {
      await api.request({
        method: 'PATCH',
        path: `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}/status`,
        query: { fieldManager, force: true },
        contentType: 'application/apply-patch+yaml',
        // Of a status the API server ignores the uid, so that only the version tells a resource that was created anew.
        body: { apiVersion, kind, metadata: { namespace, name, resourceVersion }, status },
        ...(signal === undefined ? {} : { signal }),
      });
      return true;
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return false;
      throw error;
    }
  }
}

/** As it comes back from the API server, which knows no undefined. */
function withoutUndefined(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
