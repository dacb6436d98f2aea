import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ApiClient } from '../src/runtime/api-client.ts';
import { LeaderElection } from '../src/runtime/leader-election.ts';
import type { LeaseResource } from '../src/runtime/lease.ts';
import { eventually } from './kit/eventually.ts';
import { directConfig, type FaultProxy, startFaultProxy } from './kit/fault-proxy.ts';

let kubernetes: Kubernetes;
let admin: ApiClient;
let name: string;
const times = { leaseMs: 4000, renewMs: 2500, retryMs: 100 };

beforeAll(async () => {
  kubernetes = await startKubernetes();
  admin = new ApiClient(directConfig(kubernetes.kubeconfig));
}, 30 * 60_000);
afterAll(async () => {
  admin[Symbol.dispose]();
  await kubernetes[Symbol.asyncDispose]();
});
beforeEach(() => {
  name = `lease-${crypto.randomUUID().slice(0, 8)}`;
});

const lease = () =>
  admin.request<LeaseResource>({ path: `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}` });

interface Candidate extends AsyncDisposable {
  readonly leading: () => boolean;
  /** Whether the last term ended by the loss of the lease. */
  readonly lost: () => boolean;
  readonly errors: unknown[];
  readonly stop: () => Promise<void>;
  /** Lets work that drains come to its end. */
  readonly endWork: () => void;
}

function stand(identity: string, api = admin, drains = false, retryMs = times.retryMs): Candidate {
  const errors: unknown[] = [];
  let leading = false;
  let lost = false;
  let endWork: () => void = () => undefined;
  const drained = new Promise<void>((resolve) => (endWork = resolve));
  const election = new LeaderElection({
    ...{ api, namespace: 'default', name, identity, times: { ...times, retryMs } },
    onError: (error) => errors.push(error),
    lead: async (ending, losing) => {
      leading = true;
      await new Promise((resolve) => {
        ending.addEventListener('abort', resolve, { once: true });
      });
      lost = losing.aborted;
      if (drains) await drained;
      leading = false;
    },
  });
  return {
    leading: () => leading,
    lost: () => lost,
    errors,
    stop: () => election.stop(),
    endWork,
    [Symbol.asyncDispose]: () => {
      endWork();
      return election.stop();
    },
  };
}

async function behindProxy(): Promise<{ proxy: FaultProxy; api: ApiClient } & AsyncDisposable> {
  const proxy = await startFaultProxy(kubernetes.kubeconfig);
  const api = new ApiClient(proxy.config);
  return {
    proxy,
    api,
    async [Symbol.asyncDispose]() {
      api[Symbol.dispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

test('of two candidates one leads, and writes the lease as Kubernetes has it', async () => {
  await using one = stand('one');
  await using two = stand('two');
  await eventually(() => {
    expect(one.leading() || two.leading()).toBe(true);
  });
  const { spec } = await lease();
  expect(spec.holderIdentity).toBe(one.leading() ? 'one' : 'two');
  expect(spec.leaseDurationSeconds).toBe(4);
  expect(spec.renewTime).toMatch(/\.\d{6}Z$/);
  await eventually(async () => {
    const later = (await lease()).spec;
    expect(later.renewTime).not.toBe(spec.renewTime);
    expect(later.acquireTime).toBe(spec.acquireTime);
  });
  expect(one.leading() && two.leading()).toBe(false);
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test('a stopped leader keeps the lease while its work drains, longer than the lease lasts, and then lets go', async () => {
  await using one = stand('one', admin, true);
  await eventually(() => {
    expect(one.leading()).toBe(true);
  });
  await using two = stand('two');
  const { renewTime } = (await lease()).spec;
  const stopped = one.stop();
  await eventually(async () => {
    const { spec } = await lease();
    expect(Date.parse(spec.renewTime ?? '') - Date.parse(renewTime ?? '')).toBeGreaterThan(times.leaseMs);
  });
  expect(two.leading()).toBe(false);
  one.endWork();
  await stopped;
  await eventually(() => {
    expect(two.leading()).toBe(true);
  });
  expect((await lease()).spec.leaseTransitions).toBe(1);
  expect(one.lost()).toBe(false);
  expect(one.errors).toEqual([]);
});

test('a leader that is cut off ceases to lead before another may begin', async () => {
  await using cut = await behindProxy();
  // After the second attempt there is less time left than between two.
  await using one = stand('one', cut.api, false, 0.8 * times.renewMs);
  await eventually(() => {
    expect(one.leading()).toBe(true);
  });
  await using two = stand('two');
  cut.proxy.fault = () => ({ kind: 'silence' });
  cut.proxy.freezeOpen();
  const both: boolean[] = [];
  await eventually(() => {
    both.push(one.leading() && two.leading());
    expect(two.leading()).toBe(true);
  }, 5);
  expect(both).not.toContain(true);
  expect(one.leading()).toBe(false);
  cut.proxy.fault = () => undefined;
});

test('a leader whose lease was taken stops, and stands again', async () => {
  await using one = stand('one');
  await eventually(() => {
    expect(one.leading()).toBe(true);
  });
  const usurp = async () => {
    const taken = await lease();
    const spec = { ...taken.spec, holderIdentity: 'usurper' };
    await admin.request({
      method: 'PUT',
      path: `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`,
      body: { ...taken, spec },
    });
  };
  await eventually(usurp);
  await eventually(() => {
    expect(one.leading()).toBe(false);
  });
  expect(one.lost()).toBe(true);
  await eventually(() => {
    expect(one.leading()).toBe(true);
  });
});

test('errors of the API server are survived while the lease lasts', async () => {
  await using cut = await behindProxy();
  await using one = stand('one', cut.api);
  await eventually(() => {
    expect(one.leading()).toBe(true);
  });
  let refused = 0;
  cut.proxy.fault = () => (++refused > 2 ? undefined : { kind: 'answer', status: 500 });
  const { renewTime } = (await lease()).spec;
  await eventually(async () => {
    expect(refused).toBeGreaterThan(2);
    expect((await lease()).spec.renewTime).not.toBe(renewTime);
  });
  expect(one.leading()).toBe(true);
  expect(one.errors).toHaveLength(2);
});
