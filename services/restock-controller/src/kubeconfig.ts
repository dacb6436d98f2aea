import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig } from './client-node.ts';

/**
 * The cluster and who this process is there.
 *
 * @param files as in KUBECONFIG, of which the first wins and those that are not there are passed over; without it
 *   ~/.kube/config, or the service account of the pod
 * @throws Error when a file cannot be read, or none is there
 */
export function loadKubeconfig(files: string | undefined): KubeConfig {
  const config = new KubeConfig();
  const named = (files ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length === 0) {
    config.loadFromDefault();
    return config;
  }
  const [first, ...others] = named.filter((file) => existsSync(file));
  if (first === undefined) throw new Error(`KUBECONFIG names ${named.join(' and ')}, where nothing is`);
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
