import {
  InventoryServiceDefinition,
  InventoryServiceService,
  ProductServiceDefinition,
  ProductServiceService,
  type InventoryServiceServer,
  type ProductServiceServer,
} from '@tradewind/proto/inventory/v1/inventory';
import { natsOptions, tlsOptions } from '@tradewind/shared/config';
import { grpcClient, type GrpcClientOptions } from '@tradewind/shared/grpc';
import { openNats } from '@tradewind/shared/nats';
import type { Logger } from '@tradewind/shared/telemetry';
import type { RestockConfig } from './config.ts';
import { inventoryClient, type Inventory } from './inventory-client.ts';
import { loadKubeconfig, namespaceOf } from './kubeconfig.ts';
import { measuredApi, showLeading } from './metrics.ts';
import { apiVersion, kind, plural, type ProductRestock, type RestockStatus } from './product-restock.ts';
import { reconcileLoop } from './reconcile-loop.ts';
import { removeRestock } from './remove.ts';
import { type Api, ApiClient } from './runtime/api-client.ts';
import { EventRecorder } from './runtime/event-recorder.ts';
import { LeaderElection } from './runtime/leader-election.ts';
import { Reflector } from './runtime/reflector.ts';
import { lean } from './runtime/resource.ts';
import { ResourceCache } from './runtime/resource-cache.ts';
import { StatusWriter } from './runtime/status-writer.ts';
import { wakeByLevels } from './wake.ts';

export interface RestockOptions extends Partial<Adapters> {
  /** By which schedules are due and finished resources deleted. */
  readonly now?: () => Date;
}

/** What a test may put around the real adapters. */
export interface Adapters {
  readonly api: (api: Api) => Api;
  readonly inventory: (inventory: Inventory) => Inventory;
  /** What is kept of a resource. */
  readonly keep: (resource: ProductRestock) => ProductRestock;
}

const name = 'restock-controller';
const itself = <T>(adapter: T): T => adapter;

/**
 * Watches the ProductRestocks, and restocks while it holds the lease. Resolves when it knows all resources; disposing
 * finishes what is in work, and lets go of the lease.
 */
export async function startRestockController(
  config: RestockConfig,
  log: Logger,
  options: RestockOptions = {},
): Promise<AsyncDisposable> {
  const { now = () => new Date(), keep = lean } = options;
  await using stack = new AsyncDisposableStack();
  const kubeconfig = loadKubeconfig(config.KUBECONFIG);
  const api = (options.api ?? itself)(measuredApi(stack.use(new ApiClient(kubeconfig))));
  const inventory = (options.inventory ?? itself)(connectInventory(stack, config));
  const nats = stack.use(await openNats(config.NATS_URL, name, log, natsOptions(config)));
  const report = (what: string) => (error: unknown) => {
    log.warn({ err: error }, what);
  };
  const ours = { api, apiVersion, kind };
  const events = stack.use(
    new EventRecorder({ ...ours, component: name, onError: report('events were lost') }),
  );
  const loop = reconcileLoop({
    find: (key) => cache.get(key),
    keys: () => cache.keys(),
    inventory,
    status: new StatusWriter<RestockStatus, ProductRestock>({ ...ours, plural, fieldManager: name }),
    advance: (before, after) => {
      cache.advance(before, keep(after));
    },
    tell: (resource, event) => {
      events.record(resource, event);
    },
    remove: removeRestock(api),
    workers: config.RESTOCK_WORKERS,
    resyncMs: config.RESYNC_MS,
    now,
    log,
  });
  const cache = new ResourceCache<ProductRestock>({
    indexBy: ({ spec }) => spec.sku,
    onChange: ({ key }) => {
      loop.add(key);
    },
  });
  stack.use(
    new Reflector({
      ...{ api, store: cache, keep, path: collection(config.WATCH_NAMESPACE) },
      idleMs: config.WATCH_IDLE_MS,
      onError: report('the resources are not watched, and will be'),
    }),
  );
  await cache.synced;
  log.info({ resources: cache.size }, 'synced');
  stack.use(wakeByLevels(nats, cache, loop.add, log));
  stack.use(standForElection(api, config.POD_NAMESPACE ?? namespaceOf(kubeconfig), config, log, loop.run));
  return stack.move();
}

function connectInventory(stack: AsyncDisposableStack, config: RestockConfig): Inventory {
  const to: GrpcClientOptions = {
    target: config.INVENTORY_SERVICE,
    caller: 'restock-controller',
    key: config.SERVICE_KEY,
    tls: tlsOptions(config),
  };
  return inventoryClient(
    stack.use(grpcClient<ProductServiceServer>(ProductServiceService, ProductServiceDefinition, to)),
    stack.use(grpcClient<InventoryServiceServer>(InventoryServiceService, InventoryServiceDefinition, to)),
  );
}

function standForElection(
  api: Api,
  namespace: string,
  config: RestockConfig,
  log: Logger,
  lead: (ending: AbortSignal, lost: AbortSignal) => Promise<void>,
): LeaderElection {
  showLeading(config.LEASE_NAME, false);
  return new LeaderElection({
    ...{ api, namespace, name: config.LEASE_NAME, identity: config.POD_NAME, lead },
    times: { leaseMs: config.LEASE_MS, renewMs: config.LEASE_RENEW_MS, retryMs: config.LEASE_RETRY_MS },
    onChange: (leading) => {
      showLeading(config.LEASE_NAME, leading);
      log.info({ identity: config.POD_NAME, leading }, leading ? 'leads' : 'leads no more');
    },
    onError: (error) => {
      log.warn({ err: error }, 'the lease could not be had');
    },
  });
}

function collection(namespace: string): string {
  return namespace === ''
    ? `/apis/${apiVersion}/${plural}`
    : `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
}
