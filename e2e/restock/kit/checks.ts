import { expect, inject } from 'vitest';
import { runAudit } from '@tradewind/cli/audit';
import { collections, type MovementDocument } from '@tradewind/inventory/parts/outbound/collections.ts';
import type { ProductRestock } from '@tradewind/restock-controller/parts/product-restock.ts';
import { eventually } from '../../kit/eventually.ts';
import { kinds, type Order } from './orders.ts';
import type { World } from './world.ts';

/**
 * Waits until every trigger has been answered, and everything says so, and nothing is left over: the ledger has exactly the
 * movements that the triggers ask for, the stock, the counters and every status agree with it, no resource is stuck, no
 * controller has crashed, and each has one watch.
 */
export async function expectExactlyOnce(world: World, settleMs = 90_000): Promise<void> {
  let problems: readonly string[] = ['nothing was looked at'];
  const none = async () => (problems = await problemsOf(world)).length === 0;
  await eventually(none, { within: settleMs, every: 100 }).catch((error: unknown) => {
    if (problems[0] === 'nothing was looked at') throw error;
  });
  expect(problems).toEqual([]);
}

/** The books of inventory, from end to end. */
export async function expectCleanBooks({ stage: { inventory, orderDb } }: World): Promise<void> {
  const audit = await runAudit({
    uri: inject('mongoUri'),
    inventoryDb: inventory.mongo.db.databaseName,
    orderDb: orderDb.databaseName,
    settleMs: 60_000,
    signal: AbortSignal.timeout(120_000),
  });
  expect(audit.findings).toEqual([]);
}

async function problemsOf(world: World): Promise<string[]> {
  const { controllers, load } = world;
  const ofOrders = await Promise.all(load.orders.map((order) => problemsOfOrder(world, order)));
  const ofControllers = controllers.flatMap(({ access, crashes }) => {
    const watches = access.api.openWatches();
    return [...crashes(), ...(watches === 1 ? [] : [`a controller has ${watches} open watches`])];
  });
  return [...ofOrders.flat(), ...ofControllers];
}

async function problemsOfOrder({ load, stage }: World, order: Order): Promise<string[]> {
  const { kind, name, product, taken, triggers } = order;
  const { movements, products, counters } = collections(stage.inventory.mongo.db);
  const rows = await movements
    .find({ productId: product.id, kind: 'RESTOCK' })
    .sort({ sequence: 1 })
    .toArray();
  const counted = await counters.find({ productId: product.id }).toArray();
  const stock = await products.findOne({ _id: product.id });
  const { initialStock, units, phase } = kinds[kind];
  const numbers = Array.from({ length: triggers }, (_, index) => index + 1);
  const differences = {
    movements: [
      rows.map(({ source, quantity }) => [triggerOf(source), quantity]),
      numbers.map((n) => [n, units]),
    ],
    counters: [
      counted.map((one) => [one.triggers, one.restocks, one.units]),
      triggers === 0 ? [] : [[triggers, triggers, triggers * units]],
    ],
    stock: [stock?.onHand, initialStock - taken + triggers * units],
    status: [told(await load.read(order)), expectedStatus(phase, rows)],
  };
  return Object.entries(differences).flatMap(([what, [is, ought]]) =>
    JSON.stringify(is) === JSON.stringify(ought)
      ? []
      : [`${name}: ${what} is ${JSON.stringify(is)} instead of ${JSON.stringify(ought)}`],
  );
}

/** Which of its source's triggers a row answers. */
const triggerOf = (source: string): number => Number(source.split('#').at(-1));

function told({ metadata, status }: ProductRestock) {
  return {
    isOfThisSpec: status?.observedGeneration === metadata.generation,
    phase: status?.phase,
    restocks: status?.restocks,
    unitsAdded: status?.unitsAdded,
    lastMovementId: status?.lastMovementId,
    stockAfter: status?.stockAfter,
    conditions: status?.conditions.map(({ type, status: value }) => `${type}=${value}`),
  };
}

function expectedStatus(phase: string, rows: readonly MovementDocument[]): ReturnType<typeof told> {
  const last = rows.at(-1);
  return {
    isOfThisSpec: true,
    phase: phase as 'Finished' | 'Waiting',
    restocks: rows.length,
    unitsAdded: rows.reduce((sum, { quantity }) => sum + quantity, 0),
    lastMovementId: last?._id,
    stockAfter: last?.balance,
    conditions: ['Ready=True'],
  };
}
