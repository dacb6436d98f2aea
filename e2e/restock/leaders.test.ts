import type { LeaseResource } from '@tradewind/restock-controller/parts/runtime/lease.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { whileRestocking } from './kit/scenario.ts';
import { type Stage, startStage } from './kit/stage.ts';
import { openWorld, type World } from './kit/world.ts';
import { askTogether, twoLeaders } from './two-leaders.ts';

let stage: Stage;
let world: World;

beforeAll(async () => {
  stage = await startStage();
}, 30 * 60_000);
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await openWorld(stage);
});
afterEach(() => world[Symbol.asyncDispose]());

const lead = (name: string) => world.startController({ LEASE_NAME: name, POD_NAME: name });

async function holder(): Promise<string | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${world.namespace}/leases/shared`;
  return (await stage.admin.request<LeaseResource>({ path })).spec.holderIdentity;
}

describe('every trigger is answered once', { timeout: 300_000 }, () => {
  test('by two leaders who ask at the same time', async () => {
    await twoLeaders(world, [await lead('one'), await lead('two')]);
  });

  test('by two leaders, one of whom has not seen for a while what became of the resources', async () => {
    const old = await lead('old');
    const fresh = await lead('fresh');
    const together = askTogether([old, fresh]);
    const { api } = old.access;
    await whileRestocking(world, {
      begin: async () => {
        api.fault = ({ isWatch }) => (isWatch ? { kind: 'silence' } : undefined);
        api.resetAll();
        await eventually(() => Promise.resolve(api.openWatches() === 0));
        await together.begin();
      },
      end: async () => {
        await together.end();
        api.fault = () => undefined;
        api.resetAll();
      },
    });
  });

  test('when a leader that was stopped wakes up, and its call arrives after that of the next leader', async () => {
    const first = await world.controllerProcess({ LEASE_NAME: 'shared', POD_NAME: 'first' });
    await first.program.start();
    await eventually(async () => (await holder()) === 'first', { within: 60_000 });
    const second = await world.startController({ LEASE_NAME: 'shared', POD_NAME: 'second' });
    const { promise: woken, resolve: wake } = Promise.withResolvers<undefined>();
    await whileRestocking(
      world,
      {
        begin: () => {
          first.access.inventory.fault = (method) => {
            if (method !== 'AdjustStock') return undefined;
            void first.program.kill('SIGSTOP');
            return { kind: 'hold', until: woken.then(() => undefined) };
          };
        },
        end: async () => {
          const asked = () => second.access.inventory.asked.includes('AdjustStock');
          await eventually(() => Promise.resolve(asked()), { within: 60_000 });
          expect(await holder()).toBe('second');
          first.access.inventory.fault = () => undefined;
          wake(undefined);
          await first.program.kill('SIGCONT');
        },
      },
      { kinds: ['immediate', 'threshold', 'reference'] },
    );
  });
});
