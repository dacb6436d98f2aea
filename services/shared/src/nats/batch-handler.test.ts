import { headers, type JsMsg } from 'nats';
import { expect, test } from 'vitest';
import { createLogger } from '../telemetry/index.ts';
import { batchHandler } from './batch-handler.ts';
import type { Nats } from './connect.ts';

const minute = 60_000;

/** An event of a newer version; its put-backs go to `delays`. */
function newerEvent(deliveryCount: number, delays: number[]): JsMsg {
  const attributes = headers();
  attributes.set('ce-type', 'dev.tradewind.user.created.v2');
  const nak = (delay: number) => delays.push(delay);
  return { headers: attributes, info: { deliveryCount }, nak } as unknown as JsMsg;
}

test('an event of a newer version outlasts half a day of older readers, and is not long in coming after them', async () => {
  const options = {
    ...{ durable: 'test', types: ['user.created'] as const, ackWaitMs: minute },
    ...{ handle: () => Promise.resolve(), log: createLogger('test', 'silent') },
  };
  const handleBatch = batchHandler({} as Nats, options, new AbortController().signal);
  const delays: number[] = [];
  // At its thirtieth delivery it would be a dead letter.
  for (let delivery = 1; delivery < 30; delivery += 1) await handleBatch([newerEvent(delivery, delays)]);
  let waited = 0;
  for (const delay of delays) {
    expect(delay).toBeGreaterThanOrEqual(minute);
    expect(delay).toBeLessThanOrEqual(minute + waited / 4);
    // The server takes whole nanoseconds.
    expect(Number.isInteger(delay)).toBe(true);
    waited += delay;
  }
  expect(waited).toBeGreaterThan(12 * 60 * minute);
});
