import type { LeaseResource } from '@tradewind/restock-controller/parts/runtime/lease.ts';
import { describe, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { whileRestocking } from './kit/scenario.ts';
import { useWorld } from './kit/use-world.ts';
import { askTogether, twoLeaders } from './two-leaders.ts';

const here = useWorld();

const lead = (name: string) => here.world.startController({ LEASE_NAME: name, POD_NAME: name });

async function holder(): Promise<string | undefined> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${here.world.namespace}/leases/shared`;
  return (await here.world.stage.admin.request<LeaseResource>({ path })).spec.holderIdentity;
}

describe('every trigger is answered once', { timeout: 300_000 }, () => {
  test('by two leaders who ask at the same time', async () => {
    await twoLeaders(here.world, [await lead('one'), await lead('two')]);
  });

  test('by two leaders, one of whom has not seen for a while what became of the resources', async () => {
    const old = await lead('old');
    const fresh = await lead('fresh');
    const together = askTogether([old, fresh]);
    const { api } = old.access;
    await whileRestocking(here.world, {
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
    const first = await here.world.controllerProcess({ LEASE_NAME: 'shared', POD_NAME: 'first' });
    await first.program.start();
    await eventually(async () => (await holder()) === 'first', { within: 60_000 });
    const second = await here.world.startController({ LEASE_NAME: 'shared', POD_NAME: 'second' });
    const { promise: woken, resolve: wake } = Promise.withResolvers<undefined>();
    await whileRestocking(
      here.world,
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
