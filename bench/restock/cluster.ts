import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findKubectl, installDefinitions, type Kubectl } from '@tradewind/local/kubernetes';

/** Where the controllers' service account and Lease are. */
export const leaseNamespace = 'tradewind';
/** Of the manifests. */
const serviceAccount = 'tradewind-restock-controller';
const manifests = join(import.meta.dirname, '../../k8s');

/**
 * Installs the definition of ProductRestock and the rights of its controller.
 *
 * @returns `file`, by which one is this controller
 */
export async function installController(
  kubectl: Kubectl,
  adminKubeconfig: string,
  file: string,
): Promise<string> {
  await installDefinitions(kubectl, join(manifests, 'crd'));
  await kubectl('create', 'namespace', leaseNamespace);
  await kubectl('apply', '-k', join(manifests, 'rbac/cluster'));
  const token = await kubectl('create', 'token', serviceAccount, '-n', leaseNamespace, '--duration=24h');
  await copyFile(adminKubeconfig, file);
  const own = await findKubectl(file);
  await own('config', 'set-credentials', serviceAccount, `--token=${token}`);
  await own('config', 'set-context', '--current', `--user=${serviceAccount}`);
  await countRequestsOf(kubectl, own);
  return file;
}

const flowSchema = 'bench-restock';

/** Has the API server count the requests of the controllers apart from all others. */
async function countRequestsOf(admin: Kubectl, controller: Kubectl): Promise<void> {
  await admin('apply', '-f', join(import.meta.dirname, 'flow-schema.yaml'));
  // The API server takes a moment to see it.
  do await controller('get', 'productrestocks', '--all-namespaces');
  while ((await requestCount(admin)) === 0);
}

/** How many requests of the controllers the API server has taken since its start, refused ones too. */
export async function requestCount(kubectl: Kubectl): Promise<number> {
  const metrics = await kubectl('get', '--raw', '/metrics');
  return (
    sumOf(metrics, 'apiserver_flowcontrol_dispatched_requests_total', `flow_schema="${flowSchema}"`) +
    sumOf(metrics, 'apiserver_flowcontrol_rejected_requests_total', `flow_schema="${flowSchema}"`)
  );
}

/** The sum of a metric over the series with a label, in Prometheus's text format. */
export function sumOf(metrics: string, name: string, label = ''): number {
  const lines = metrics.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(label));
  return lines.reduce((sum, line) => sum + Number(/\} (\S+)/.exec(line)?.[1]), 0);
}
