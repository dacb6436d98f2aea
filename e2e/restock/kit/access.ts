import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type FaultProxy, startFaultProxy } from '@tradewind/restock-controller/kit/fault-proxy.ts';
import { type InventoryProxy, startInventoryProxy } from './inventory-proxy.ts';
import type { Stage } from './stage.ts';

/** One controller's own way to the API server and to inventory, through proxies. */
export interface Access extends AsyncDisposable {
  readonly api: FaultProxy;
  readonly inventory: InventoryProxy;
  /** What the controller gets to take that way, with quick times. */
  readonly environment: Readonly<Record<string, string>>;
}

const quick = {
  LEASE_MS: '9000',
  LEASE_RENEW_MS: '6000',
  LEASE_RETRY_MS: '200',
};

export interface AccessOptions {
  /** Where the controller has its token, as in a pod; by default it is the administrator. */
  readonly tokenFile?: string;
}

/** @param namespace which the controller watches, and has its Lease in */
export async function openAccess(
  { kubernetes, inventory }: Stage,
  namespace: string,
  { tokenFile }: AccessOptions = {},
): Promise<Access> {
  await using stack = new AsyncDisposableStack();
  const api = stack.use(await startFaultProxy(kubernetes.kubeconfig, { asClient: tokenFile !== undefined }));
  const proxy = stack.use(await startInventoryProxy(inventory.target));
  const kubeconfig = join(kubernetes.dir, `${crypto.randomUUID()}.kubeconfig`);
  await writeFile(kubeconfig, kubeconfigOf(api, tokenFile), { mode: 0o600 });
  const environment = {
    ...quick,
    ...{ WATCH_NAMESPACE: namespace, POD_NAMESPACE: namespace, KUBECONFIG: kubeconfig },
    ...{ INVENTORY_SERVICE: proxy.target, NATS_URL: inventory.nats.url, SERVICE_KEY: 'key' },
  };
  const open = stack.move();
  return { api, inventory: proxy, environment, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

function kubeconfigOf({ config }: FaultProxy, tokenFile: string | undefined): string {
  const cluster = config.getCurrentCluster();
  if (tokenFile === undefined || cluster === null) return config.exportConfig();
  const own = new KubeConfig();
  // As the library has it in a pod.
  const authProvider = { name: 'tokenFile', config: { tokenFile } };
  own.loadFromClusterAndUser(cluster, { name: 'pod', authProvider });
  return own.exportConfig();
}
