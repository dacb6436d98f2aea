import { expect } from 'vitest';
import { expectExactlyOnce } from './kit/checks.ts';
import type { World } from './kit/world.ts';

/** A resource is deleted and created again with its reference, as a Git tool does that finds it missing. */
export async function reCreated(world: World, settleMs?: number): Promise<void> {
  const { load } = world;
  await load.apply('once', ['reference']);
  await expectExactlyOnce(world, settleMs);
  const order = load.find('reference-once');
  const before = await load.read(order);
  await load.remove(order);
  const after = await load.write(order);
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  await expectExactlyOnce(world, settleMs);
}
