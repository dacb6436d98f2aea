import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startTrading, type Roots, type Trading } from '../../kit/trading.ts';
import { killAtPoint } from '../points/kill-at-point.ts';
import { points } from '../points/points.ts';
import { startShopFloor, type ShopFloorOptions } from '../points/shop-floor.ts';
import { fullStream } from '../streams/full-stream.ts';
import { shuffled } from '../streams/shuffled.ts';
import { twoOfEach } from '../streams/two-of-each.ts';
import { withoutGuard, withTwoKeys } from './inventory-mistakes.ts';
import { clearingWhenStored, withOldMessageIds } from './order-mistakes.ts';

const soon = { EVENT_ACK_WAIT_MS: '1000', OWED_AFTER_MS: '500', OWED_RETRY_MS: '500', TELL_AFTER_MS: '500' };
/** So late that only the stream can bring an order again. */
const noSweeper = { ...soon, OWED_AFTER_MS: '600000' };

async function trade(roots: Partial<Roots>, scenario: (trading: Trading) => Promise<void>): Promise<void> {
  await using trading = await startTrading({ consumers: 2, orderServices: 2, environment: soon, roots });
  await scenario(trading);
}

async function killAt<M>(
  ...[point, options]: [Parameters<typeof killAtPoint<M>>[1], ShopFloorOptions]
): Promise<void> {
  await using floor = await startShopFloor(options);
  try {
    await killAtPoint(floor, point, { seed: 21, settleMs: 15_000 });
  } catch (error) {
    if (!options.entries) floor.keepLogs();
    throw error;
  }
}

/** What the checks say of it. */
async function findings(scenario: Promise<void>): Promise<string> {
  const error: unknown = await scenario.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('the checks found nothing');
  const { actual } = error as Error & { readonly actual?: unknown };
  return `${error.message}\n${JSON.stringify(actual, null, 2)}`;
}

const entry = (name: string) => fileURLToPath(new URL(`entries/${name}.ts`, import.meta.url));

describe(
  'a scenario is red with the mistake that it is there for, and green without',
  { timeout: 180_000 },
  () => {
    test('no guard on the stock update: two consumers at work', async () => {
      const scenario = (trading: Trading) => twoOfEach(trading, { seed: 22, restockShare: 0 });
      expect(await findings(trade({ startInventoryConsumer: withoutGuard }, scenario))).toMatch(
        /on hand instead of/,
      );
      await trade({}, scenario);
    });

    test('two keys for deciding and cancelling: cancellations overtake their orders', async () => {
      const scenario = (trading: Trading) => shuffled(trading, { seed: 23, cancelShare: 0.4 });
      expect(await findings(trade({ startInventoryConsumer: withTwoKeys }, scenario))).toMatch(
        /on hand instead of/,
      );
      await trade({}, scenario);
    });

    test('cleared when the stream has stored it: the stream of orders is full', async () => {
      const scenario = (trading: Trading) => fullStream(trading, { seed: 24, settleMs: 15_000 });
      expect(await findings(trade({ startOrderService: clearingWhenStored }, scenario))).toMatch(
        /did not settle/,
      );
      await trade({}, scenario);
    });

    test('an old message id when published again: the stream of orders is full', async () => {
      const scenario = (trading: Trading) => fullStream(trading, { seed: 25, settleMs: 15_000 });
      expect(await findings(trade({ startOrderService: withOldMessageIds }, scenario))).toMatch(
        /did not settle/,
      );
      await trade({}, scenario);
    });

    test('acknowledged before the commit: the consumer is killed before it commits', async () => {
      const entries = { 'inventory-consumer': entry('acknowledging-before-commit') };
      expect(await findings(killAt(points.beforeCommit, { environment: noSweeper, entries }))).toMatch(
        /did not settle/,
      );
      await killAt(points.beforeCommit, { environment: noSweeper });
    });

    test('no idempotency key: the order service is killed before it answers', async () => {
      const entries = { order: entry('without-idempotency-keys') };
      expect(await findings(killAt(points.beforeOrderAnswer, { environment: soon, entries }))).toMatch(
        /there 2 times/,
      );
      await killAt(points.beforeOrderAnswer, { environment: soon });
    });
  },
);
