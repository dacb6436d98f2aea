import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../kit/eventually.ts';
import { expectCleanBooks } from '../kit/checks.ts';
import { answersTo, requests, type Command } from '../kit/proxy-mongo.ts';
import { tradingMarket } from '../kit/trading-market.ts';
import { killHand, startShopFloor, type ShopFloor } from './shop-floor.ts';

let floor: ShopFloor;

beforeAll(async () => {
  floor = await startShopFloor();
});
afterAll(() => floor[Symbol.asyncDispose]());

const movements = (productId: string) =>
  floor.inventoryDb.collection('movements').countDocuments({ productId });

/** Restocks by five while the server dies at that moment, and repeats with the same key until there is an answer. */
async function restockOverCrash(at: (command: Command) => boolean, rowsAtCrash: number): Promise<void> {
  const { id } = await floor.product(100);
  const { client } = await tradingMarket(floor).buyer();
  const key = randomUUID();
  const restock = () => client.restock(key, id, 5);
  const { inventory } = floor.hands;

  const held = inventory.mongo.hold(at);
  const unanswered = restock();
  await held.reached;
  expect(await movements(id)).toBe(rowsAtCrash);
  const killed = await killHand(inventory);
  held.drop();
  await inventory.program.start();
  expect(inventory.program.pid).not.toBe(killed);
  await unanswered;

  await eventually(async () => (await restock()) === 'done');
  expect(await restock()).toBe('done');
  expect(await movements(id)).toBe(2);
  expect(await floor.onHand(id)).toBe(105);
  await expectCleanBooks(floor);
}

describe('AdjustStock, repeated with its key, books once after kill -9', { timeout: 60_000 }, () => {
  test('before the commit', () => restockOverCrash(requests('commitTransaction'), 1));

  test('after the commit, before the answer', () => restockOverCrash(answersTo('commitTransaction'), 2));
});
