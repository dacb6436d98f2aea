import { afterAll, beforeAll, describe, test } from 'vitest';
import { startTrading, type Trading } from '../../kit/trading.ts';
import { fullStream } from './full-stream.ts';
import { poisoned } from './poison.ts';
import { shuffled, threeTimes } from './shuffled.ts';
import { twoOfEach } from './two-of-each.ts';

let trading: Trading;

beforeAll(async () => {
  trading = await startTrading({
    consumers: 2,
    orderServices: 2,
    environment: {
      EVENT_ACK_WAIT_MS: '2000',
      OWED_AFTER_MS: '1000',
      OWED_RETRY_MS: '500',
      TELL_AFTER_MS: '1000',
    },
  });
});
afterAll(() => trading[Symbol.asyncDispose]());

describe('no order is lost, and no unit counted twice', { timeout: 120_000 }, () => {
  test('when a message that nobody can read comes in every stream', () => poisoned(trading, { seed: 11 }));

  test('when every event comes three times and out of order', () => threeTimes(trading, { seed: 12 }));

  test('when cancellations overtake their orders', () => shuffled(trading, { seed: 13, cancelShare: 0.4 }));

  test('when the stream of orders is full and drops what inventory has not seen', () =>
    fullStream(trading, { seed: 14 }));

  test('when two order services get each order at once, and two consumers decide', () =>
    twoOfEach(trading, { seed: 15 }));
});
