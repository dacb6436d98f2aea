import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { killAtPoint } from './kill-at-point.ts';
import { points } from './points.ts';
import { startShopFloor, type ShopFloor } from './shop-floor.ts';

let floor: ShopFloor;

beforeAll(async () => {
  floor = await startShopFloor({
    environment: {
      EVENT_ACK_WAIT_MS: '2000',
      OWED_AFTER_MS: '2000',
      OWED_RETRY_MS: '2000',
      TELL_AFTER_MS: '2000',
    },
  });
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') floor.keepLogs();
});
afterAll(() => floor[Symbol.asyncDispose]());

describe('no order is lost, and no unit counted twice, after kill -9', { timeout: 120_000 }, () => {
  test('of the inventory consumer before it commits', () =>
    killAtPoint(floor, points.beforeCommit, { seed: 1 }));

  test('of the inventory consumer between commit and publication', () =>
    killAtPoint(floor, points.beforePublication, { seed: 2 }));

  test('of the inventory consumer between publication and acknowledgement', () =>
    killAtPoint(floor, points.beforeAcknowledgement, { seed: 3 }));

  test('of the order service between insert and publication', () =>
    killAtPoint(floor, points.beforeOrderEvent, { seed: 4 }));

  test('of the order service between insert and answer', () =>
    killAtPoint(floor, points.beforeOrderAnswer, { seed: 5 }));
});
