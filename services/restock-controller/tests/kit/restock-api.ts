import { join } from 'node:path';
import { findKubectl, installDefinitions } from '@tradewind/local/kubernetes';
import { plural } from '../../src/product-restock.ts';
import { eventually } from './eventually.ts';

export const manifests = join(import.meta.dirname, '../../../../k8s');

/** Runs kubectl as the administrator. Rejects with what kubectl said. */
export async function kubectl(kubeconfig: string, ...args: readonly string[]): Promise<string> {
  return await (
    await findKubectl(kubeconfig)
  )(...args);
}

/** Installs the definition of ProductRestock, and waits until the API server serves it. */
export async function installDefinition(kubeconfig: string): Promise<void> {
  const admin = await findKubectl(kubeconfig);
  await installDefinitions(admin, join(manifests, 'crd'));
  // It is served a moment after it was taken.
  await eventually(() => admin('get', plural));
}
