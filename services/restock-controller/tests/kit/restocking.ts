import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { createLogger } from '@tradewind/shared/telemetry';
import { type RestockOptions, startRestockController } from '../../src/app.ts';
import { readRestockConfig, type RestockConfig } from '../../src/config.ts';
import {
  apiVersion,
  kind,
  plural,
  type ProductRestock,
  type RestockSpec,
} from '../../src/product-restock.ts';
import { ApiClient } from '../../src/runtime/api-client.ts';
import type { ResourceList } from '../../src/runtime/resource.ts';
import { directConfig } from './fault-proxy.ts';
import { installDefinition, kubectl } from './restock-api.ts';
import { startTestInventory, type TestInventory } from './test-inventory.ts';

export interface ToldEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

/** An API server with the definition, a real inventory, and as many controllers as a test starts. */
export interface Restocking extends AsyncDisposable {
  readonly kubernetes: Kubernetes;
  readonly inventory: TestInventory;
  /** As the administrator. */
  readonly api: ApiClient;
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** What a controller process gets, with quick times. */
  readonly environment: NodeJS.ProcessEnv;
  readonly config: (environment?: NodeJS.ProcessEnv) => RestockConfig;
  /** Starts a controller in this process, which ends with the kit at the latest. */
  readonly startController: (
    environment?: NodeJS.ProcessEnv,
    options?: RestockOptions,
  ) => Promise<AsyncDisposable>;
  readonly create: (name: string, spec: Partial<RestockSpec>) => Promise<ProductRestock>;
  readonly change: (name: string, spec: Partial<RestockSpec>) => Promise<ProductRestock>;
  readonly read: (name: string) => Promise<ProductRestock>;
  readonly remove: (name: string) => Promise<void>;
  /** Those of one resource, in the order in which they were told. */
  readonly events: (restock: ProductRestock) => Promise<readonly ToldEvent[]>;
}

/** @param kubernetes with the definition, where several share one; by default one of its own */
export async function startRestocking(kubernetes?: Kubernetes): Promise<Restocking> {
  await using stack = new AsyncDisposableStack();
  const own = kubernetes ?? stack.use(await startKubernetes());
  const api = stack.use(new ApiClient(directConfig(own.kubeconfig)));
  const collection = `/apis/${apiVersion}/namespaces/default/${plural}`;
  if (kubernetes === undefined) {
    await installDefinition(own.kubeconfig);
  }
  const inventory = stack.use(await startTestInventory());
  const environment = {
    KUBECONFIG: own.kubeconfig,
    INVENTORY_SERVICE: inventory.target,
    NATS_URL: inventory.nats.url,
    SERVICE_KEY: 'key',
    LEASE_NAME: `restocking-${crypto.randomUUID().slice(0, 8)}`,
    LEASE_RETRY_MS: '100',
  };
  const config = (more: NodeJS.ProcessEnv = {}) => readRestockConfig({ ...environment, ...more });
  const open = stack.move();
  return {
    ...{ kubernetes: own, inventory, api, environment, config },
    kubectl: (...args) => kubectl(own.kubeconfig, ...args),
    startController: async (more, options) =>
      open.use(await startRestockController(config(more), createLogger('test', 'silent'), options)),
    create: (name, spec) =>
      api.request({
        method: 'POST',
        path: collection,
        query: { fieldValidation: 'Strict' },
        body: { apiVersion, kind, metadata: { name }, spec },
      }),
    change: (name, spec) =>
      api.request({
        method: 'PATCH',
        path: `${collection}/${name}`,
        contentType: 'application/merge-patch+json',
        body: { spec },
      }),
    read: (name) => api.request({ path: `${collection}/${name}` }),
    remove: async (name) => {
      await api.request({ method: 'DELETE', path: `${collection}/${name}` });
    },
    events: async ({ metadata: { uid } }) => {
      const { items } = await api.request<ResourceList<ToldEvent & ProductRestock>>({
        path: '/api/v1/namespaces/default/events',
        query: { fieldSelector: `involvedObject.uid=${uid}` },
      });
      const order = ({ metadata }: ProductRestock) => Number(metadata.resourceVersion);
      return items.toSorted((one, other) => order(one) - order(other));
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
