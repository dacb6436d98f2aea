import { join } from 'node:path';
import { createLogger } from '@tradewind/shared/telemetry';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { startRestockController } from '../src/app.ts';
import { isNotFound } from '../src/runtime/api-error.ts';
import { eventually } from './kit/eventually.ts';
import { manifests } from './kit/restock-api.ts';
import { openScene, type RestockScene } from './kit/restock-scene.ts';
import { type Restocking, startRestocking } from './kit/restocking.ts';
import { Rights } from './kit/rights.ts';
import { serviceAccountKubeconfig } from './kit/service-account.ts';

const account = 'tradewind-restock-controller';
const home = 'tradewind';
const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${home}/leases/${account}`;

interface Need {
  readonly right: string;
  readonly so: string;
  /** What asks for the right; it may have been asked for before. */
  readonly ask?: (scene: RestockScene) => Promise<void>;
  readonly holds: (scene: RestockScene) => Promise<boolean>;
}

const isReady = (scene: RestockScene) => scene.lastIsReady();
const order = (scene: RestockScene) => scene.order();
const pauseTwice = async (scene: RestockScene) => {
  await scene.pause();
  await scene.pause();
};
const orderAndForget = (scene: RestockScene) =>
  scene.order({ reference: crypto.randomUUID(), ttlSecondsAfterFinished: 0 });

const needs: readonly Need[] = [
  { right: 'list productrestocks', so: 'what was there before is restocked', holds: isReady },
  { right: 'watch productrestocks', so: 'what comes later is restocked', ask: order, holds: isReady },
  { right: 'patch productrestocks/status', so: 'a restock becomes ready', ask: order, holds: isReady },
  {
    right: 'delete productrestocks',
    so: 'what has finished is deleted in its time',
    ask: orderAndForget,
    holds: (scene) => scene.lastIsGone(),
  },
  {
    right: 'create events',
    so: 'events tell what happened',
    ask: order,
    holds: async (scene) => (await scene.mostTold()) > 0,
  },
  {
    right: 'patch events',
    so: 'an event that happens again is counted up',
    ask: pauseTwice,
    holds: async (scene) => (await scene.mostTold()) > 1,
  },
  { right: 'get leases', so: 'somebody leads', ask: order, holds: isReady },
  { right: 'create leases', so: 'somebody leads for the first time', ask: order, holds: isReady },
  {
    right: 'update leases',
    so: 'the leader stays it',
    holds: async (scene) => {
      const { acquireTime, renewTime } = await scene.lease();
      return renewTime !== acquireTime;
    },
  },
];

const modes = [
  { rights: 'namespace', watched: home, restocksIn: home, roles: `namespaces/${home}/roles` },
  { rights: 'cluster', watched: '', restocksIn: 'branch', roles: 'clusterroles' },
];

let shop: Restocking;
let sku: string;

beforeAll(async () => {
  shop = await startRestocking();
  sku = (await shop.inventory.createProduct('PHONE-001', 10)).sku;
  for (const namespace of [home, 'branch']) await shop.kubectl('create', 'namespace', namespace);
}, 30 * 60_000);
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

describe.each(modes)('with the rights of rbac/$rights', ({ rights: folder, watched, restocksIn, roles }) => {
  const manifest = join(manifests, 'rbac', folder);
  let rights: Rights;
  let kubeconfig: string;
  let scene: RestockScene;

  beforeAll(async () => {
    await shop.kubectl('apply', '-k', manifest);
    kubeconfig = await serviceAccountKubeconfig(shop.api, shop.kubernetes, home, account);
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const paths = [`${rbac}/${roles}/${account}`, `${rbac}/namespaces/${home}/roles/${account}-lease`];
    rights = new Rights(shop.api, `system:serviceaccount:${home}:${account}`, paths);
  });
  afterAll(async () => {
    await shop.kubectl('delete', '-k', manifest);
  });
  beforeEach(async () => {
    await shop.api.request({ method: 'DELETE', path: leasePath }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    scene = await openScene(shop.api, restocksIn, sku, leasePath);
  });

  /** A controller that is starting, or has started, and what the API server has refused it. */
  function start() {
    const log = createLogger('test', 'silent');
    const warn = vi.spyOn(log, 'warn');
    const config = shop.config({ KUBECONFIG: kubeconfig, WATCH_NAMESPACE: watched, LEASE_NAME: account });
    const starting = startRestockController(config, log);
    const refused = () =>
      warn.mock.calls
        .map(([details]) => String((details as { err?: unknown }).err))
        .map((message) => /cannot (\w+) resource "([^"]+)"/.exec(message)?.slice(1).join(' '))
        .filter((right) => right !== undefined);
    return { starting, refused };
  }

  test('the controller does all that it is for, and is refused nothing', async () => {
    const { starting, refused } = start();
    const controller = await starting;
    for (const { ask, holds } of needs) {
      await ask?.(scene);
      await eventually(async () => {
        expect(await holds(scene)).toBe(true);
      });
    }
    await controller[Symbol.asyncDispose]();
    expect(refused()).toEqual([]);
    expect((await scene.lease()).holderIdentity ?? '').toBe('');
  });

  test.each(needs)('without $right it is not so that $so', async ({ right, ask, holds }) => {
    await using stack = new AsyncDisposableStack();
    const target = right.endsWith('leases') ? { namespace: home, name: account } : { namespace: restocksIn };
    const taken = await rights.without(right, target);
    const { starting, refused } = start();
    // What cannot start without the right starts when it is given back.
    stack.defer(async () => {
      await taken[Symbol.asyncDispose]();
      await (await starting)[Symbol.asyncDispose]();
    });
    const refusal = eventually(() => {
      expect(refused()).toContain(right);
    });
    await Promise.race([starting, refusal]);
    await ask?.(scene);
    await refusal;
    expect(await holds(scene)).toBe(false);

    await taken[Symbol.asyncDispose]();
    await ask?.(scene);
    await eventually(async () => {
      expect(await holds(scene)).toBe(true);
    });
  });

  test('there are no other rights', async () => {
    expect([...(await rights.list())].sort()).toEqual(needs.map(({ right }) => right).sort());
    for (const verb of ['get', 'update']) {
      expect(await rights.may(`${verb} leases`, { namespace: home, name: account })).toBe(true);
      expect(await rights.may(`${verb} leases`, { namespace: home, name: 'of-others' })).toBe(false);
      expect(await rights.may(`${verb} leases`, { namespace: 'branch', name: account })).toBe(false);
    }
    const everywhere = watched === '';
    expect(await rights.may('list productrestocks', { namespace: 'branch' })).toBe(everywhere);
    expect(await rights.may('create events', { namespace: 'branch' })).toBe(everywhere);
  });
});
