import { expect } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import type { Controller } from './kit/controller.ts';
import { type RestockingOptions, whileRestocking } from './kit/scenario.ts';
import type { World } from './kit/world.ts';

/** The watch is away until the API server no longer knows the point at which it was: etcd has forgotten what came between. */
export async function compacted(
  world: World,
  { access: { api } }: Controller,
  options?: RestockingOptions,
): Promise<void> {
  const { etcd, kubernetes } = world.stage;
  const fault = {
    begin: () => {
      api.fault = () => ({ kind: 'reset' });
      api.resetAll();
    },
    end: async () => {
      await etcd.compact();
      await kubernetes.apiServer.restart();
      api.fault = () => undefined;
      await eventually(() => Promise.resolve(api.refused.includes(410)), { within: 60_000 });
    },
  };
  expect(api.refused).not.toContain(410);
  await whileRestocking(world, fault, options);
}
