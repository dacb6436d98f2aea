import { plural } from '@tradewind/restock-controller/parts/product-restock.ts';
import { describe, expect, test } from 'vitest';
import { expectCleanBooks, expectExactlyOnce } from './kit/checks.ts';
import { useWorld } from './kit/use-world.ts';
import { reCreated } from './re-created.ts';

const here = useWorld(expectCleanBooks);

const keyOf = (name: string) => `/registry/inventory.tradewind.dev/${plural}/${here.world.namespace}/${name}`;

describe('nothing is restocked again', { timeout: 300_000 }, () => {
  test('when every status is lost', async () => {
    const { load } = here.world;
    await here.world.startController();
    await load.apply('before');
    await load.sell();
    await expectExactlyOnce(here.world);
    for (const order of load.orders) await load.overwriteStatus(order, null);
    await expectExactlyOnce(here.world);
    await load.sell();
    await expectExactlyOnce(here.world);
  });

  test('when every status is lost while no controller runs', async () => {
    const { load } = here.world;
    await load.apply('before');
    const first = await here.world.startController();
    await expectExactlyOnce(here.world);
    await first[Symbol.asyncDispose]();
    for (const order of load.orders) await load.overwriteStatus(order, null);
    await here.world.startController({}, { access: first.access });
    await expectExactlyOnce(here.world);
  });

  test('when a status is an old one', async () => {
    const { load } = here.world;
    await here.world.startController();
    await load.apply('before');
    await expectExactlyOnce(here.world);
    const threshold = load.find('threshold-before');
    const { status: old } = await load.read(threshold);
    await load.sell();
    await expectExactlyOnce(here.world);
    await load.overwriteStatus(threshold, { ...old, lastMovementId: null, stockAfter: null });
    await expectExactlyOnce(here.world);
  });

  test('when resources are restored from a backup, with the uids that they had', async () => {
    const { load } = here.world;
    await load.apply('before');
    const backup = new Map<string, string>();
    for (const { name } of load.orders) backup.set(name, await here.world.stage.etcd.read(keyOf(name)));
    await here.world.startController();
    await load.sell();
    await expectExactlyOnce(here.world);
    for (const order of load.orders) {
      const { metadata } = await load.read(order);
      await load.remove(order);
      await expect(load.read(order)).rejects.toThrow('not found');
      await here.world.stage.etcd.write(keyOf(order.name), backup.get(order.name) ?? '');
      expect((await load.read(order)).metadata.uid).toBe(metadata.uid);
    }
    await expectExactlyOnce(here.world);
    await load.sell();
    await expectExactlyOnce(here.world);
  });

  test('when a resource is created again with its reference', async () => {
    await here.world.startController();
    await reCreated(here.world);
  });
});
