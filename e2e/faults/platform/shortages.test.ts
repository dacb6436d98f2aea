import { describe, expect, test } from 'vitest';
import type { Line } from '../kit/client.ts';
import { expectWhole } from '../kit/checks.ts';
import { startLoad, type LoadOptions } from '../kit/load.ts';
import type { Random } from '../kit/random.ts';
import { bigShop } from './big-shop.ts';
import { rounds } from './rounds.ts';

const shop = bigShop();

interface Stored {
  readonly status: string;
  readonly items: readonly Line[];
  readonly shortages: readonly object[];
}

interface Rush extends Pick<LoadOptions, 'seed' | 'lines'> {
  readonly products: number;
  readonly units: number;
  readonly orders: number;
}

/** Many at once, for less than they want. Nothing comes back, so whoever got nothing is short to this day. */
async function rush({ products, units: each, orders, ...options }: Rush) {
  const units = await shop().stockUp(products, each);
  const { id: buyerId, client } = await shop().buyer();
  const load = startLoad(client, { ...options, orders, atOnce: 200, products: [...units.keys()] });
  const answers = await load.finish();
  await expectWhole(shop(), answers, { buyerId, client, units, mayRunOut: true });

  const stored = await shop().orderDb.collection<Stored>('orders').find({ userId: buyerId }).toArray();
  const left = new Map(units);
  const sold = stored.filter(({ status }) => status === 'CONFIRMED');
  for (const { productId, quantity } of sold.flatMap(({ items }) => items)) {
    left.set(productId, (left.get(productId) ?? 0) - quantity);
  }
  const isShort = (lines: readonly Line[]) =>
    lines.some(({ productId, quantity }) => quantity > (left.get(productId) ?? 0));
  const rejected = stored.filter(({ shortages }) => shortages.length > 0);
  const refused = [...answers.offers.values()].filter(({ orderId }) => orderId === undefined);
  expect(rejected.every(({ items }) => isShort(items)) && refused.every(({ lines }) => isShort(lines))).toBe(
    true,
  );
  return { sold: sold.length, short: rejected.length + refused.length, left: [...left.values()] };
}

describe.for(rounds)('round %i', { timeout: 180_000 }, (round) => {
  test('of a hot product with 500 in stock, 500 of 2,000 orders are sold, many at once', async () => {
    const lines = (_: Random, [productId = '']: readonly string[]) => [{ productId, quantity: 1 }];
    const result = await rush({ seed: 1_000 * round + 500, products: 1, units: 500, orders: 2_000, lines });
    expect(result).toEqual({ sold: 500, short: 1_500, left: [0] });
  });

  test('orders of several products that run out get all of their lines or none', async () => {
    const seed = 1_000 * round + 501;
    const { sold, short } = await rush({ seed, products: 6, units: 150, orders: 1_000, lines: anyFew });
    expect(sold).toBeGreaterThan(150);
    expect(sold + short).toBe(1_000);
  });
});

/** Two to five different products in any order, one or two units of each. */
function anyFew(dice: Random, products: readonly string[]): Line[] {
  const chosen = new Set<string>();
  const wanted = 2 + dice.below(4);
  while (chosen.size < wanted) chosen.add(dice.pick(products));
  return [...chosen].map((productId) => ({ productId, quantity: 1 + dice.below(2) }));
}
