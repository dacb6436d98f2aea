import { isDeepStrictEqual } from 'node:util';
import type { Api } from './api-client.ts';
import { isConflict, isNotFound } from './api-error.ts';
import type { Resource } from './resource.ts';

export interface StatusWriterOptions {
  readonly api: Api;
  /** Whose fields they are. */
  readonly fieldManager: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Such as `productrestocks`. */
  readonly plural: string;
}

export interface WithStatus<S> extends Resource {
  readonly status?: S;
}

/**
 * Writes the status of resources by server-side apply: the whole status, and only when it has changed. What others have
 * put there goes.
 */
export class StatusWriter<S extends object, T extends WithStatus<S> = WithStatus<S>> {
  readonly #options: StatusWriterOptions;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /**
   * Makes the status of a resource this one. Does nothing when the resource has it already, when it is gone, and when
   * it is no longer as it was seen, or another of the same name: the watch will tell, and the next look writes.
   *
   * @param resource as it was last seen
   * @returns the resource as it is now, if something was written
   * @throws ApiError and others when the API server refuses for another reason or does not answer
   */
  async write(resource: T, status: S, signal?: AbortSignal): Promise<T | undefined> {
    const wanted = withoutUndefined(status);
    if (isDeepStrictEqual(wanted, resource.status)) return undefined;
    try {
      const applied = await this.#patch(resource, 'apply-patch+yaml', wanted, signal);
      if (isDeepStrictEqual(wanted, applied.status)) return applied;
      // Applying removes nothing that somebody else owns too.
      const without = Object.fromEntries(Object.keys(applied.status ?? {}).map((field) => [field, null]));
      return await this.#patch(applied, 'merge-patch+json', { ...without, ...wanted }, signal);
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return undefined;
      throw error;
    }
  }

  #patch(
    { metadata: { namespace = '', name, resourceVersion } }: T,
    type: 'apply-patch+yaml' | 'merge-patch+json',
    status: object,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { api, fieldManager, apiVersion, kind, plural } = this.#options;
    return api.request<T>({
      method: 'PATCH',
      path: `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}/status`,
      query: { fieldManager, force: type === 'apply-patch+yaml' ? true : undefined },
      contentType: `application/${type}`,
      // Of a status the API server ignores the uid, so that only the version tells a resource that was created anew.
      body: { apiVersion, kind, metadata: { namespace, name, resourceVersion }, status },
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

/** As it comes back from the API server, which knows no undefined. */
function withoutUndefined(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
