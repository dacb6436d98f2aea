import { expectCleanBooks, expectExactlyOnce } from './checks.ts';
import type { TriggerKind } from './orders.ts';
import type { World } from './world.ts';

/** Things that go wrong for a while. */
export interface Fault {
  /** Resolves once it is on. */
  readonly begin: () => Promise<void> | void;
  /** Asserts that it has been met, and ends it. */
  readonly end: () => Promise<void> | void;
}

export interface RestockingOptions {
  /** Which resources are applied; by default all. */
  readonly kinds?: readonly TriggerKind[];
  /** How long it may take until every trigger is answered. */
  readonly settleMs?: number;
}

/** People apply resources and sell before, during and after a fault; then every trigger has been answered exactly once. */
export async function whileRestocking(
  world: World,
  { begin, end }: Fault,
  { kinds, settleMs }: RestockingOptions = {},
): Promise<void> {
  const { load } = world;
  await load.apply('before', kinds);
  await expectExactlyOnce(world, settleMs);
  await begin();
  await load.sell();
  await load.apply('during', kinds);
  await end();
  await expectExactlyOnce(world, settleMs);
  await load.apply('after', kinds);
  await load.sell();
  await expectExactlyOnce(world, settleMs);
  await expectCleanBooks(world);
}
