import { eventually } from '../kit/eventually.ts';
import type { Controller } from './kit/controller.ts';
import { type RestockingOptions, whileRestocking } from './kit/scenario.ts';
import type { World } from './kit/world.ts';

/** Every connection is reset, and each new one for a while. */
export async function resets(
  world: World,
  { access: { api } }: Controller,
  options?: RestockingOptions,
): Promise<void> {
  let count = 0;
  const fault = {
    begin: () => {
      api.fault = () => {
        count += 1;
        return { kind: 'reset' } as const;
      };
      api.resetAll();
    },
    end: async () => {
      await eventually(() => Promise.resolve(count > 3));
      api.fault = () => undefined;
    },
  };
  await whileRestocking(world, fault, options);
}
