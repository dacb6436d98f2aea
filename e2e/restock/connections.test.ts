import { describe, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { whileRestocking } from './kit/scenario.ts';
import { useWorld } from './kit/use-world.ts';
import { resets } from './resets.ts';

const here = useWorld();

describe('every trigger is answered once', { timeout: 300_000 }, () => {
  test('after every connection was reset, and each new one for a while', async () => {
    await resets(here.world, await here.world.startController());
  });

  test('after all connections went dead without closing', async () => {
    const { access } = await here.world.startController({ WATCH_IDLE_MS: '5000' });
    let watches = 0;
    await whileRestocking(here.world, {
      begin: () => {
        watches = watchesOf(access.api.asked);
        access.api.freezeOpen();
      },
      end: async () => {
        await eventually(() => Promise.resolve(watchesOf(access.api.asked) > watches));
      },
    });
  });

  test('while the headers of every answer are late', async () => {
    const { access } = await here.world.startController();
    const { promise: late, resolve: answer } = Promise.withResolvers<undefined>();
    let waiting = 0;
    await whileRestocking(here.world, {
      begin: () => {
        access.api.fault = () => ({
          kind: 'late',
          until: async () => {
            waiting += 1;
            await late;
          },
        });
        access.api.resetAll();
      },
      end: async () => {
        await eventually(() => Promise.resolve(waiting > 2));
        access.api.fault = () => undefined;
        answer(undefined);
      },
    });
  });

  test('after the answers of inventory were lost', async () => {
    const { access } = await here.world.startController();
    let lost = 0;
    await whileRestocking(here.world, {
      begin: () => {
        access.inventory.fault = (method) => {
          if (method !== 'AdjustStock') return undefined;
          lost += 1;
          return { kind: 'late', until: () => new Promise(() => undefined) };
        };
      },
      end: async () => {
        await eventually(() => Promise.resolve(lost > 3));
        access.inventory.fault = () => undefined;
      },
    });
  });
});

const watchesOf = (asked: readonly { readonly isWatch: boolean }[]): number =>
  asked.filter(({ isWatch }) => isWatch).length;
