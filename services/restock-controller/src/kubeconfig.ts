import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';

/**
 * The cluster and who this process is there.
 *
 * @param files as in KUBECONFIG, of which the first wins; without it ~/.kube/config, or the service account of the pod
 * @throws Error when a file cannot be read
 */
export function loadKubeconfig(files: string | undefined): KubeConfig {
  const config = new KubeConfig();
  const [first, ...others] = (files ?? '').split(delimiter).filter((file) => file !== '');
  if (first === undefined) {
    config.loadFromDefault();
    return config;
  }
  config.loadFromFile(first);
  for (const file of others) {
    const other = new KubeConfig();
    other.loadFromFile(file);
    config.mergeConfig(other, true);
  }
  return config;
}

/** The namespace that kubectl would use. */
export const namespaceOf = (config: KubeConfig): string =>
  config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
