import type { Config } from '../config.ts';
import { deployed, undeploy as undeployFrom } from '../deployment/index.ts';

/** Removes the release from the cluster, and says what is left. */
export async function undeploy({ dir }: Config, print: (line: string) => void): Promise<void> {
  await undeployFrom({ dir, print });
  print(
    `Removed. Volumes, Secrets and ProductRestocks stay in the namespace ${deployed.namespace} and are used again.`,
  );
}
