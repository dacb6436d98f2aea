import { apiVersion, plural, type ProductRestock } from './product-restock.ts';
import type { Api } from './runtime/api-client.ts';
import { isConflict, isNotFound } from './runtime/api-error.ts';

/**
 * Deletes a resource if it is still as it was seen, and says whether it did: of one that somebody changed meanwhile, or
 * created anew under its name, the watch will tell.
 */
export function removeRestock(api: Api): (resource: ProductRestock, signal: AbortSignal) => Promise<boolean> {
  return async ({ metadata: { namespace = '', name, uid, resourceVersion } }, signal) => {
    try {
      await api.request({
        method: 'DELETE',
        path: `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
        signal,
      });
      return true;
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return false;
      throw error;
    }
  };
}
