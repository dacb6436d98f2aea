import type { Db } from 'mongodb';
import { expect } from 'vitest';
import { runAudit } from '@tradewind/cli/audit';
import { eventually } from '../../kit/eventually.ts';
import type { Answers } from './answers.ts';
import type { Client, OrderStatus } from './client.ts';
import { contradictions, type StoredOrder } from './contradictions.ts';

/** Where a shop keeps its books. */
export interface World {
  readonly mongoUri: string;
  readonly orderDb: Db;
  readonly inventoryDb: Db;
  /** How many messages the dead-letter stream holds; 0 when there is no such stream. */
  readonly deadLetters: () => Promise<number>;
}

export interface Whole {
  /** Of the load alone, so that an order that nobody asked for is seen. */
  readonly buyerId: string;
  readonly client: Pick<Client, 'read'>;
  /** Units by product before the load; the products are the load's alone. */
  readonly units: ReadonlyMap<string, number>;
  /** False unless given: with plenty in stock, refusing is no way out. */
  readonly mayRunOut?: boolean;
  /** None unless given. */
  readonly deadLetters?: number;
  /** How long the last order may take to settle. */
  readonly settleMs?: number;
}

interface OrderRecord {
  readonly _id: string;
  readonly key: string;
  readonly status: OrderStatus;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly owed?: readonly object[];
}

const settling = 60_000;
const share = 0.95;

/**
 * Everything that a shop has promised to the clients of a load is true, and its books are right. Waits for what is still on
 * its way, and for nothing else.
 */
export async function expectWhole(world: World, answers: Answers, whole: Whole): Promise<void> {
  const { buyerId, units, mayRunOut = false, deadLetters = 0, settleMs = settling } = whole;
  expect(answers.accepted, 'accepted orders').toBeGreaterThan(0);
  expect(await unsettledAfter(world, buyerId, settleMs), 'orders that did not settle').toEqual([]);
  const stored = await storedOrders(world, buyerId, [...units.keys()]);
  const onHand = await stockOf(world, [...units.keys()]);
  const problems = contradictions({ orders: stored, onHand }, answers, { units, mayRunOut });
  expect(problems.slice(0, 20), `${problems.length} broken promises`).toEqual([]);
  await expectSameFromOutside(whole.client, stored);
  expect(await world.deadLetters(), 'dead letters').toBe(deadLetters);
  await expectCleanBooks(world);
  expect(clearShare(answers), 'share of clear answers outside of the fault').toBeGreaterThanOrEqual(share);
}

/** The share of orders offered outside of the fault's window whose first attempt had a clear answer. */
export function clearShare(answers: Answers): number {
  const offers = [...answers.offers.values()].filter(({ duringFault }) => !duringFault);
  if (offers.length === 0) throw new Error('no order was offered outside of the fault');
  return offers.filter(({ first }) => first !== 'unclear').length / offers.length;
}

export async function expectCleanBooks({ mongoUri, inventoryDb, orderDb }: World): Promise<void> {
  const audit = await runAudit({
    uri: mongoUri,
    inventoryDb: inventoryDb.databaseName,
    orderDb: orderDb.databaseName,
    settleMs: settling,
    signal: AbortSignal.timeout(10 * settling),
  });
  expect(audit.findings, 'findings of the audit').toEqual([]);
}

/** The buyer's orders that are PENDING or owe an event, once there are none or the time is over. */
async function unsettledAfter({ orderDb }: World, userId: string, within: number): Promise<object[]> {
  const open = { userId, $or: [{ status: 'PENDING' }, { 'owed.0': { $exists: true } }] };
  const look = () =>
    orderDb
      .collection('orders')
      .find(open, { projection: { key: 1, status: 1, owed: 1, owedAt: 1, owedAttempts: 1 }, limit: 5 })
      .toArray();
  return await eventually(async () => (await look()).length === 0 && [], { within, every: 100 }).catch(look);
}

async function storedOrders(
  { orderDb }: World,
  userId: string,
  products: readonly string[],
): Promise<StoredOrder[]> {
  const ofLoad = { $or: [{ userId }, { 'items.productId': { $in: [...products] } }] };
  const found = await orderDb
    .collection<OrderRecord>('orders')
    .find(ofLoad, { projection: { key: 1, status: 1, items: 1, owed: 1 } })
    .toArray();
  return found.map(({ _id: id, key, status, items, owed = [] }) => ({
    ...{ id, status, owed: owed.length },
    // The order service keeps clients' keys apart from its own.
    key: key.replace(/^client:/, ''),
    lines: items.map(({ productId, quantity }) => ({ productId, quantity })),
  }));
}

async function stockOf({ inventoryDb }: World, ids: readonly string[]): Promise<Map<string, number>> {
  const found = await inventoryDb
    .collection<{ readonly _id: string; readonly onHand: number }>('products')
    .find({ _id: { $in: [...ids] } })
    .toArray();
  return new Map(found.map(({ _id, onHand }) => [_id, onHand]));
}

/** What the shop answers about some of the orders is what it has stored. */
async function expectSameFromOutside(
  client: Pick<Client, 'read'>,
  stored: readonly StoredOrder[],
): Promise<void> {
  const step = Math.ceil(stored.length / 50);
  for (const { id, status, lines } of stored.filter((_, index) => index % step === 0)) {
    expect(await eventually(() => client.read(id)), `order ${id}`).toEqual({ status, lines });
  }
}
