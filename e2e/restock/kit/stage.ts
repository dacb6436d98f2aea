import type { Db } from 'mongodb';
import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { freePort } from '@tradewind/local/servers';
import { migrations } from '@tradewind/order/parts/outbound/collections.ts';
import { directConfig } from '@tradewind/restock-controller/kit/fault-proxy.ts';
import { installDefinition } from '@tradewind/restock-controller/kit/restock-api.ts';
import { startTestInventory, type TestInventory } from '@tradewind/restock-controller/kit/test-inventory.ts';
import { ApiClient } from '@tradewind/restock-controller/parts/runtime/api-client.ts';
import { migrate } from '@tradewind/shared/mongo';
import { createLogger } from '@tradewind/shared/telemetry';
import { type Etcd, openEtcd } from './etcd.ts';

/** What the worlds of one test file share: an API server with the definition, its etcd, and a real inventory. */
export interface Stage extends AsyncDisposable {
  readonly kubernetes: Kubernetes;
  readonly etcd: Etcd;
  readonly inventory: TestInventory;
  /** Without orders; an audit wants to see it. */
  readonly orderDb: Db;
  /** As the administrator, past every proxy. */
  readonly admin: ApiClient;
}

export async function startStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const ports = { etcd: await freePort(), kubernetes: await freePort() };
  const kubernetes = stack.use(await startKubernetes({ ports }));
  const inventory = stack.use(await startTestInventory());
  const { client, db } = inventory.mongo;
  const orderDb = client.db(`${db.databaseName}_orders`);
  await migrate(orderDb, migrations, createLogger('test', 'silent'));
  stack.defer(async () => {
    await orderDb.dropDatabase();
  });
  const admin = stack.use(new ApiClient(directConfig(kubernetes.kubeconfig)));
  await installDefinition(kubernetes.kubeconfig);
  const etcd = openEtcd(kubernetes.dir, ports.etcd);
  const open = stack.move();
  return { kubernetes, etcd, inventory, orderDb, admin, [Symbol.asyncDispose]: () => open.disposeAsync() };
}
