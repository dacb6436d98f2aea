import { describe, expect, test } from 'vitest';
import type { Counter, Plan } from './plan.ts';
import type { ProductRestock, RestockSpec, RestockStatus } from './product-restock.ts';
import { statusOf, statusWithoutInventory } from './status.ts';

const now = new Date('2026-03-10T12:00:00.500Z');
const counter: Counter = {
  of: { productId: 'p1', amount: { quantity: 100 }, trigger: 'immediate' },
  ...{ restocks: 2, triggers: 3, units: 200, lastAt: new Date('2026-03-10T06:00:00.123Z') },
  lastMovement: { id: 'p1:7', units: 100, balance: 117, at: new Date('2026-03-09T06:00:00.123Z') },
};
const resource = (spec: Partial<RestockSpec> = {}, status?: RestockStatus): ProductRestock => ({
  metadata: { name: 'phones', uid: 'u', resourceVersion: '1', generation: 4 },
  spec: { sku: 'PHONE-001', trigger: { immediate: {} }, quantity: 100, suspend: false, ...spec },
  ...(status === undefined ? {} : { status }),
});
const low = { trigger: { threshold: { below: 20 } } };
const daily = { trigger: { schedule: { cron: '0 6 * * *', timeZone: 'Europe/Berlin' } } };
const stalled: Plan = { kind: 'stalled', why: 'ProductNotFound', message: 'There is none' };
const show = (plan: Plan, spec?: Partial<RestockSpec>, known: Counter | undefined = counter) =>
  statusOf(resource(spec), { plan, counter: known }, now);
const conditions = ({ conditions }: RestockStatus) =>
  Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, [status, reason, message].join(' | ')]),
  );

test('what was done is copied from the counter', () => {
  expect(show({ kind: 'wait' }, low)).toMatchObject({
    ...{ observedGeneration: 4, restocks: 2, unitsAdded: 200, lastMovementId: 'p1:7', stockAfter: 117 },
    lastRestockTime: '2026-03-09T06:00:00Z',
  });
});

test('a resource for which nothing was done yet says zero, and no times', () => {
  const status = statusOf(resource(low), { plan: { kind: 'wait' }, counter: undefined }, now);
  expect(status).toMatchObject({ restocks: 0, unitsAdded: 0, lastRestockTime: undefined });
});

test.each([
  [{}, 'immediate', '100'],
  [low, 'below 20', '100'],
  [{ ...daily, upTo: 200 }, '0 6 * * * Europe/Berlin', 'up to 200'],
])('trigger and quantity are said in a few words: %j', (spec, trigger, quantity) => {
  expect(show({ kind: 'wait' }, spec)).toMatchObject({ trigger, quantity });
});

describe('the conditions say how it stands', () => {
  const since = new Date('2026-03-10T06:00:00Z');
  test.each<[Plan, Partial<RestockSpec>, RestockStatus['phase'], Record<string, string>]>([
    [
      { kind: 'wait' },
      low,
      'Waiting',
      { Ready: 'True | Waiting | Restocks when fewer than 20 units are on hand' },
    ],
    [
      { kind: 'wait', until: new Date('2026-03-11T05:00Z') },
      daily,
      'Waiting',
      { Ready: 'True | Waiting | The next restock is at 2026-03-11T05:00:00Z' },
    ],
    [
      { kind: 'suspended' },
      low,
      'Suspended',
      { Ready: 'False | Suspended | Restocks nothing until suspend is false' },
    ],
    [
      { kind: 'finished', why: 'Restocked', since },
      {},
      'Finished',
      { Ready: 'True | Restocked | Added 200 units' },
    ],
    [
      { kind: 'finished', why: 'MaxUnitsReached', since, deleteAt: new Date('2026-03-10T07:00Z') },
      { ...low, limits: { maxUnits: 250 } },
      'Finished',
      {
        Ready:
          'True | MaxUnitsReached | 200 units were added, and limits.maxUnits is 250; to be deleted at 2026-03-10T07:00:00Z',
      },
    ],
    [
      stalled,
      {},
      'Stalled',
      { Ready: 'False | ProductNotFound | There is none', Stalled: 'True | ProductNotFound | There is none' },
    ],
  ])('%j', (plan, spec, phase, expected) => {
    const status = show(plan, spec);
    expect(status.phase).toBe(phase);
    expect(conditions(status)).toEqual(expected);
  });
});

test('while another restock is due, tools are told to wait', () => {
  const intent = { trigger: { kind: 'threshold', number: 2, below: 20 }, amount: { quantity: 1 } } as const;
  const status = show({ kind: 'restock', intent: { ...intent, limits: {}, reason: '' } }, low);
  expect(status.conditions.map(({ type, status }) => [type, status])).toEqual([
    ['Ready', 'False'],
    ['Reconciling', 'True'],
  ]);
});

test('a fill that was not needed says so', () => {
  const none = { ...counter, restocks: 0, units: 0, lastMovement: undefined };
  const plan = { kind: 'finished', why: 'Restocked', since: now } as const;
  expect(conditions(show(plan, { upTo: 50 }, none))['Ready']).toBe(
    'True | Restocked | Added nothing, because 50 units or more were on hand already',
  );
});

test('a status is the same at any time, as long as nothing happens', () => {
  for (const plan of [{ kind: 'wait' }, stalled] as const) {
    const first = statusOf(resource(low), { plan, counter }, now);
    const later = statusOf(resource(low, first), { plan, counter }, new Date(now.getTime() + 60_000));
    expect(later).toEqual(first);
  }
});

test('while inventory is away, what was known stays, and it is said that it may be out of date', () => {
  const before = show({ kind: 'wait' }, low);
  const status = statusWithoutInventory(resource(low, before), 'Not available right now', now);
  expect(status).toMatchObject({ phase: 'Waiting', restocks: 2, stockAfter: 117 });
  expect(status.conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ['Ready', 'False', 'InventoryUnavailable'],
    ['Reconciling', 'True', 'InventoryUnavailable'],
  ]);
  expect(statusWithoutInventory(resource(low), 'x', now).phase).toBe('Pending');
});

test('while inventory is away, nothing is said of a spec that it was not asked about, but the counts', () => {
  const ends: Plan[] = [
    { kind: 'finished', why: 'Restocked', since: now },
    { kind: 'wait', until: now },
  ];
  for (const plan of ends) {
    const before = { ...show(plan, daily), observedGeneration: 3 };
    expect(statusWithoutInventory(resource(daily, before), 'x', now)).toMatchObject({
      ...{ phase: 'Pending', nextRestockTime: undefined, finishedTime: undefined },
      ...{ observedGeneration: 4, restocks: 2, unitsAdded: 200, stockAfter: 117 },
    });
  }
});
