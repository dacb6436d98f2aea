import { startCluster } from '../cluster/index.ts';
import type { Config } from '../config.ts';

/** Starts a Kubernetes that runs pods, and says how to use it. */
export async function cluster(config: Config, print: (line: string) => void): Promise<void> {
  const began = performance.now();
  const { kind, kubeconfig, address } = await startCluster(config, print);
  print(`The cluster is ready after ${Math.round((performance.now() - began) / 1000)} s.

  kubectl   export KUBECONFIG=${kubeconfig}
  ingress   ${address}
  stop      make cluster-down`);
  if (kind === 'node')
    print('Its network does not enforce NetworkPolicies: charts/tests evaluate them instead.');
}
