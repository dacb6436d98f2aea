import { expect } from 'vitest';
import { eventually } from '../../kit/eventually.ts';
import type { Answers } from './answers.ts';
import { expectWhole, type Whole, type World } from './checks.ts';
import type { Client } from './client.ts';
import { startLoad, type Load, type LoadOptions } from './load.ts';

/** A shop in which things go wrong. */
export interface Market extends World {
  /** New products with this many units each, known to every service. */
  readonly stockUp: (products: number, units: number) => Promise<ReadonlyMap<string, number>>;
  /** Somebody new, who can order. */
  readonly buyer: () => Promise<{ readonly id: string; readonly client: Client }>;
}

export interface ScenarioOptions
  extends Partial<Omit<LoadOptions, 'products'>>, Pick<Whole, 'deadLetters' | 'settleMs'> {
  readonly seed: number;
}

/** Things that happen; it returns once the parts that were hit are ready again, and asserts that they were hit. */
export type Fault = (load: Load) => Promise<void>;

const usual = { orders: 400, atOnce: 16, cancelShare: 0.1, restockShare: 0.05 };
const products = 8;
const plenty = 1_000_000;

/**
 * Buyers order before, during and after a fault; then every promise that was made to them is looked at. The fault's
 * window ends when orders go through again, by each of the gateways.
 */
export async function whileTrading(
  market: Market,
  { deadLetters = 0, settleMs = 60_000, ...options }: ScenarioOptions,
  fault: Fault,
): Promise<Answers> {
  const units = await market.stockUp(products, plenty);
  const buyer = await market.buyer();
  const load = startLoad(buyer.client, { ...usual, ...options, products: [...units.keys()] });
  const goesOn = async (orders: number, inARow = 0) => {
    const before = load.progress();
    const goes = () => load.progress() >= before + orders && load.answers.clearInARow >= inARow;
    await eventually(() => Promise.resolve(goes()), { within: 60_000 });
  };
  const atOnce = options.atOnce ?? usual.atOnce;
  const around = async () => {
    await goesOn(2 * atOnce);
    load.window.open();
    await fault(load);
    await goesOn(2 * atOnce, 2 * atOnce);
    load.window.close();
    await goesOn(4 * atOnce);
  };
  await around().catch(async (error: unknown) => {
    // Lest it disturbs the next scenario; what it has to say is not the reason.
    await load.finish().catch(() => undefined);
    throw error;
  });
  const answers = await load.finish();
  expect(duringFault(answers), 'orders offered during the fault').toBeGreaterThan(0);
  await expectWhole(market, answers, { ...buyer, buyerId: buyer.id, units, deadLetters, settleMs });
  return answers;
}

const duringFault = ({ offers }: Answers): number =>
  [...offers.values()].filter((offer) => offer.duringFault).length;
