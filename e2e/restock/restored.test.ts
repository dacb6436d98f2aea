import { plural } from '@tradewind/restock-controller/parts/product-restock.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectCleanBooks, expectExactlyOnce } from './kit/checks.ts';
import { type Stage, startStage } from './kit/stage.ts';
import { openWorld, type World } from './kit/world.ts';
import { reCreated } from './re-created.ts';

let stage: Stage;
let world: World;

beforeAll(async () => {
  stage = await startStage();
}, 30 * 60_000);
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await openWorld(stage);
});
afterEach(async () => {
  await expectCleanBooks(world);
  await world[Symbol.asyncDispose]();
});

const keyOf = (name: string) => `/registry/inventory.tradewind.dev/${plural}/${world.namespace}/${name}`;

describe('nothing is restocked again', { timeout: 300_000 }, () => {
  test('when every status is lost', async () => {
    const { load } = world;
    await world.startController();
    await load.apply('before');
    await load.sell();
    await expectExactlyOnce(world);
    for (const order of load.orders) await load.overwriteStatus(order, null);
    await expectExactlyOnce(world);
    await load.sell();
    await expectExactlyOnce(world);
  });

  test('when every status is lost while no controller runs', async () => {
    const { load } = world;
    await load.apply('before');
    const first = await world.startController();
    await expectExactlyOnce(world);
    await first[Symbol.asyncDispose]();
    for (const order of load.orders) await load.overwriteStatus(order, null);
    await world.startController({}, { access: first.access });
    await expectExactlyOnce(world);
  });

  test('when a status is an old one', async () => {
    const { load } = world;
    await world.startController();
    await load.apply('before');
    await expectExactlyOnce(world);
    const threshold = load.find('threshold-before');
    const { status: old } = await load.read(threshold);
    await load.sell();
    await expectExactlyOnce(world);
    await load.overwriteStatus(threshold, { ...old, lastMovementId: null, stockAfter: null });
    await expectExactlyOnce(world);
  });

  test('when resources are restored from a backup, with the uids that they had', async () => {
    const { load } = world;
    await load.apply('before');
    const backup = new Map<string, string>();
    for (const { name } of load.orders) backup.set(name, await stage.etcd.read(keyOf(name)));
    await world.startController();
    await load.sell();
    await expectExactlyOnce(world);
    for (const order of load.orders) {
      const { metadata } = await load.read(order);
      await load.remove(order);
      await expect(load.read(order)).rejects.toThrow('not found');
      await stage.etcd.write(keyOf(order.name), backup.get(order.name) ?? '');
      expect((await load.read(order)).metadata.uid).toBe(metadata.uid);
    }
    await expectExactlyOnce(world);
    await load.sell();
    await expectExactlyOnce(world);
  });

  test('when a resource is created again with its reference', async () => {
    await world.startController();
    await reCreated(world);
  });
});
