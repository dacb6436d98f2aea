import type { Controller } from './kit/controller.ts';
import { type Fault, type RestockingOptions, whileRestocking } from './kit/scenario.ts';
import type { World } from './kit/world.ts';

/** Lets no call of AdjustStock through before each of the controllers has made one, so that all ask for the same. */
export function askTogether(controllers: readonly Controller[]): Fault {
  const proxies = controllers.map(({ access }) => access.inventory);
  const { promise: all, resolve: release } = Promise.withResolvers<undefined>();
  const asked = new Set<number>();
  return {
    begin: () => {
      for (const [index, proxy] of proxies.entries()) {
        proxy.fault = (method) => {
          if (method !== 'AdjustStock') return undefined;
          asked.add(index);
          if (asked.size === proxies.length) release(undefined);
          return { kind: 'hold', until: all.then(() => undefined) };
        };
      }
    },
    end: async () => {
      await all;
      for (const proxy of proxies) proxy.fault = () => undefined;
    },
  };
}

/** Two controllers lead at once, each by a lease of its own, and ask for the same restocks at the same time. */
export async function twoLeaders(
  world: World,
  controllers: readonly Controller[],
  options?: RestockingOptions,
): Promise<void> {
  await whileRestocking(world, askTogether(controllers), options);
}
