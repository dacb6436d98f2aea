import { expect } from 'vitest';
import type { Held } from '../kit/proxy.ts';
import { whileTrading, type ScenarioOptions } from '../kit/scenario.ts';
import { tradingMarket } from '../kit/trading-market.ts';
import { killHand, type Hand, type ProcessName, type ShopFloor } from './shop-floor.ts';

/** A moment in the work of a process. */
export interface KillPoint<M> {
  readonly process: ProcessName;
  /** Holds the message whose sending is that moment. */
  readonly hold: (hand: Hand) => Held<M>;
  /** What makes this moment what it is: asserted while the message is held. */
  readonly isThere: (floor: ShopFloor, message: M) => Promise<void>;
}

/** Kills a process exactly there while buyers order, and starts it again. */
export async function killAtPoint<M>(
  floor: ShopFloor,
  { process, hold, isThere }: KillPoint<M>,
  options: ScenarioOptions,
): Promise<void> {
  await whileTrading(tradingMarket(floor), options, async () => {
    const hand = floor.hands[process];
    const held = hold(hand);
    await isThere(floor, await held.reached);
    const killed = await killHand(hand);
    held.drop();
    await hand.program.start();
    expect(hand.program.pid).not.toBe(killed);
  });
}
