import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@tradewind/local/servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { LeaseResource } from '../src/runtime/lease.ts';
import { eventually } from './kit/eventually.ts';
import { type Restocking, startRestocking } from './kit/restocking.ts';

let shop: Restocking;
let lease: string;
let processes: AsyncDisposableStack;

beforeAll(async () => {
  shop = await startRestocking();
}, 30 * 60_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});
beforeEach(() => {
  lease = `lease-${crypto.randomUUID().slice(0, 8)}`;
  processes = new AsyncDisposableStack();
});
afterEach(async () => {
  await processes.disposeAsync();
});

const times = { LEASE_MS: '3000', LEASE_RENEW_MS: '2000' };

/** A process of its own, as a container runs it, which leads when this resolves. */
async function startLeader() {
  const port = await freePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: {
      ...{ ...process.env, ...shop.environment, ...times, LEASE_NAME: lease, POD_NAME: 'leader' },
      ...{ METRICS_PORT: String(port), HOST: '127.0.0.1' },
    },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  processes.defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  await vi.waitFor(
    async () => {
      expect((await ask('/readyz')).status).toBe(200);
    },
    { timeout: 120_000, interval: 200 },
  );
  await eventually(async () => {
    expect(await holder()).toBe('leader');
  });
  return { child, exited, metrics: async () => await (await ask('/metrics')).text() };
}

const startStandby = () => shop.startController({ ...times, LEASE_NAME: lease, POD_NAME: 'standby' });

const holder = async () => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/default/leases/${lease}`;
  return (await shop.api.request<LeaseResource>({ path })).spec.holderIdentity;
};

async function restockBy(quantity: number): Promise<void> {
  const id = crypto.randomUUID().slice(0, 8);
  await shop.inventory.createProduct(`SKU-${id}`);
  await shop.create(`restock-${id}`, { sku: `SKU-${id}`, quantity });
  await shop.kubectl('wait', '--for=condition=Ready', '--timeout=60s', `restock/restock-${id}`);
}

test(
  'it shows metrics under the names of controller-runtime, and at SIGTERM hands over to a standby',
  { timeout: 240_000 },
  async () => {
    const { child, exited, metrics } = await startLeader();
    await restockBy(1);
    const of = 'controller="productrestock"';
    const shown = await metrics();
    for (const line of [
      `controller_runtime_reconcile_total{${of},result="success"} [1-9]`,
      `controller_runtime_reconcile_total{${of},result="requeue_after"} 0`,
      `controller_runtime_reconcile_total{${of},result="error"} \\d`,
      `controller_runtime_reconcile_errors_total{${of}} \\d`,
      `controller_runtime_reconcile_time_seconds_bucket{${of},le="10"} [1-9]`,
      `controller_runtime_active_workers{${of}} \\d`,
      `controller_runtime_max_concurrent_reconciles{${of}} 16`,
      `workqueue_depth{${of},name="productrestock"} \\d`,
      `workqueue_adds_total{${of},name="productrestock"} [1-9]`,
      `workqueue_retries_total{${of},name="productrestock"} \\d`,
      `workqueue_queue_duration_seconds_count{${of},name="productrestock"} [1-9]`,
      `workqueue_work_duration_seconds_count{${of},name="productrestock"} [1-9]`,
      `leader_election_master_status{name="${lease}"} 1`,
      'rest_client_requests_total{method="PATCH",code="200"} [1-9]',
      'rest_client_requests_total{method="POST",code="201"} [1-9]',
    ]) {
      expect(shown).toMatch(new RegExp(`^${line.replaceAll(/[{}]/g, '\\$&')}`, 'm'));
    }
    processes.use(await startStandby());
    expect(await holder()).toBe('leader');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await restockBy(2);
    expect(await holder()).toBe('standby');
  },
);

test('a standby takes over from a leader that died', { timeout: 240_000 }, async () => {
  const { child } = await startLeader();
  processes.use(await startStandby());
  child.kill('SIGKILL');
  await restockBy(3);
  expect(await holder()).toBe('standby');
});
