import { expect, test } from 'vitest';
import type { ProductRestock, RestockStatus, Trigger } from './product-restock.ts';
import { concerns } from './wake.ts';

const threshold: Trigger = { threshold: { below: 20 } };
const schedule: Trigger = { schedule: { cron: '0 6 * * *', timeZone: 'Etc/UTC' } };

function resource(trigger: Trigger, phase?: RestockStatus['phase']): ProductRestock {
  return {
    metadata: { name: 'phones', namespace: 'shop', uid: 'u1', resourceVersion: '1' },
    spec: { sku: 'PHONE-001', trigger, quantity: 10, suspend: false },
    ...(phase === undefined
      ? {}
      : { status: { phase, trigger: 'below 20', quantity: '10', conditions: [] } }),
  };
}

test('a waiting threshold is concerned by a level below it, and a waiting schedule by none', () => {
  expect(concerns(resource(threshold, 'Waiting'), 19)).toBe(true);
  expect(concerns(resource(threshold, 'Waiting'), 20)).toBe(false);
  expect(concerns(resource(schedule, 'Waiting'), 0)).toBe(false);
});

test('what is finished is concerned by no level', () => {
  expect(concerns(resource(threshold, 'Finished'), 0)).toBe(false);
});

test.each(['Pending', 'Stalled', 'Suspended', undefined] as const)(
  'what is %s is concerned by every level',
  (phase) => {
    expect(concerns(resource(threshold, phase), 100)).toBe(true);
    expect(concerns(resource(schedule, phase), 100)).toBe(true);
  },
);
