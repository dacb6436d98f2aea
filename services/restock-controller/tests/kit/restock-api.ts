import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary } from '@tradewind/local/kubernetes';

const run = promisify(execFile);
export const manifests = join(import.meta.dirname, '../../../../k8s');

/** Runs kubectl as the administrator. Rejects with what kubectl said. */
export async function kubectl(kubeconfig: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(await findBinary('kubectl'), ['--kubeconfig', kubeconfig, ...args]);
  return stdout.trim();
}

/** Installs the definition of ProductRestock, and waits until the API server serves it. */
export async function installDefinition(kubeconfig: string): Promise<void> {
  await kubectl(kubeconfig, 'apply', '-f', join(manifests, 'crd'));
  await kubectl(
    kubeconfig,
    ...[
      'wait',
      '--for=condition=Established',
      '--timeout=60s',
      'crd/productrestocks.inventory.tradewind.dev',
    ],
  );
}
