import { stopCluster } from '../cluster/index.ts';
import type { Config } from '../config.ts';

/** Stops the cluster, and removes everything that was in it. */
export async function clusterDown(config: Config, print: (line: string) => void): Promise<void> {
  await stopCluster(config, print);
}
