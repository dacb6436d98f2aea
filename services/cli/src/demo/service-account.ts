import { readFile } from 'node:fs/promises';
import type { KubeConfig, KubernetesObject } from '@kubernetes/client-node';
import { manifest, type ProductRestock, readiness, type RestockResource } from './restock-resource.ts';

/** The resource by the rights of the pod that this process runs in, where there is no kubectl. */
export async function resourceByServiceAccount(namespace?: string): Promise<RestockResource> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromCluster();
  return await resourceIn(config, namespace);
}

/** @param namespace by default that of the configuration */
export async function resourceIn(config: KubeConfig, namespace?: string): Promise<RestockResource> {
  // It takes its time to load, and no other command needs it.
  const { KubernetesObjectApi, loadYaml, PatchStrategy } = await import('@kubernetes/client-node');
  const api = KubernetesObjectApi.makeApiClient(config);
  const place = namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  const plain = loadYaml<KubernetesObject & ProductRestock>(await readFile(manifest, 'utf8'));
  const { name } = plain.metadata;
  const resource = { ...plain, metadata: { name, namespace: place } };
  const read = () => api.read<KubernetesObject & ProductRestock>(resource);
  return {
    apply: () =>
      api.patch(resource, undefined, undefined, 'tradewind-demo', true, PatchStrategy.ServerSideApply),
    read,
    show: async () => `${name} in ${place}: ${readiness(await read())?.message ?? 'not looked at yet'}`,
  };
}
