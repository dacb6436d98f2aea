import { join } from 'node:path';
import type { Program } from '@tradewind/local/platform';
import { findKubectl, type Kubectl, startKubernetes } from '@tradewind/local/kubernetes';
import { startTestServers } from '@tradewind/local/servers';
import { loadKubeconfig } from '@tradewind/restock-controller/parts/kubeconfig.ts';
import { ApiClient } from '@tradewind/restock-controller/parts/runtime/api-client.ts';
import { installController, leaseNamespace } from './cluster.ts';
import { compileController } from './compile-controller.ts';
import { startInventory } from './inventory.ts';
import { createProducts, type Products } from './products.ts';

/** What both contestants run on: an API server with etcd, the inventory service with its servers, and products. */
export interface Stage extends AsyncDisposable {
  readonly dir: string;
  /** As the administrator. */
  readonly api: ApiClient;
  /** Runs kubectl as the administrator. */
  readonly kubectl: Kubectl;
  readonly products: Products;
  /** The whole environment of a controller, but for its ports. */
  readonly controllerEnv: Readonly<Record<string, string>>;
  /** The processes that the contestants ask, by name. */
  readonly servers: ReadonlyMap<string, Program>;
}

export interface StageOptions {
  readonly resources: number;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const controllerKey = 'bench';

/** @param dir where logs and the like are kept */
export async function openStage(dir: string, { resources, report, signal }: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  report('starting MongoDB, Redis, NATS, inventory, etcd and the API server');
  const servers = stack.use(await startTestServers());
  const inventory = stack.use(await startInventory(dir, servers, { 'restock-controller': controllerKey }));
  const kubernetes = stack.use(await startKubernetes({ report, signal }));
  const kubectl = await findKubectl(kubernetes.kubeconfig);
  const kubeconfig = await installController(kubectl, kubernetes.kubeconfig, join(dir, 'kubeconfig'));
  const api = stack.use(new ApiClient(loadKubeconfig(kubernetes.kubeconfig)));
  report(`creating ${resources} products`);
  const products = stack.use(await createProducts(servers.mongoUri, inventory.database, resources));
  const compiled = join(dir, 'compiled');
  await compileController(compiled, signal);
  const open = stack.move();
  return {
    ...{ dir, api, kubectl, products },
    controllerEnv: {
      KUBECONFIG: kubeconfig,
      POD_NAMESPACE: leaseNamespace,
      LEASE_NAME: 'tradewind-restock-controller',
      INVENTORY_SERVICE: inventory.target,
      SERVICE_KEY: controllerKey,
      NATS_URL: servers.natsUrl,
      NODE_COMPILE_CACHE: compiled,
      HOST: '127.0.0.1',
    },
    servers: new Map([
      ['inventory', inventory.program],
      ['API server', kubernetes.apiServer],
      ['etcd', kubernetes.etcd],
    ]),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
