import { expect, test } from 'vitest';
import type { ProductRestock, RestockStatus } from './product-restock.ts';
import { storyOf } from './story.ts';

const waiting: RestockStatus = {
  ...{ phase: 'Waiting', trigger: 'below 20', quantity: '100', restocks: 1, unitsAdded: 100 },
  ...{ lastRestockTime: '2026-03-10T06:00:00Z', stockAfter: 117 },
  conditions: [],
};
const condition = (type: string, reason: string, message: string) => ({
  ...{ type, status: 'True' as const, reason, message, lastTransitionTime: '' },
});
const finished: RestockStatus = {
  ...waiting,
  phase: 'Finished',
  conditions: [condition('Ready', 'Restocked', 'Added 100 units')],
};
const stalled = (reason: string): RestockStatus => ({
  ...waiting,
  phase: 'Stalled',
  conditions: [condition('Ready', reason, ''), condition('Stalled', reason, 'There is none')],
});
const away: RestockStatus = {
  ...waiting,
  conditions: [condition('Ready', 'InventoryUnavailable', 'It is tried again')],
};

function tell(
  before: RestockStatus | undefined,
  after: RestockStatus,
  created = '2026-03-10T05:00:00Z',
  countedBefore = false,
  suspend = false,
): string[] {
  const resource: ProductRestock = {
    metadata: { name: 'phones', uid: 'u', resourceVersion: '1', creationTimestamp: created },
    spec: {
      ...{ sku: 'PHONE-001', trigger: { immediate: {} }, quantity: 100, suspend, reference: 'PO-1' },
    },
    ...(before === undefined ? {} : { status: before }),
  };
  return storyOf(resource, after, countedBefore).map(
    ({ type, reason, message }) => `${type} ${reason}: ${message}`,
  );
}

test('an immediate restock is told once, also one that had nothing to add', () => {
  expect(tell(undefined, finished)).toEqual(['Normal Restocked: Added 100 units, 117 on hand']);
  const none = { ...finished, restocks: 0, unitsAdded: 0 };
  expect(tell(undefined, none)).toEqual(['Normal Finished: Added 100 units']);
});

test('the end of a row of restocks is told beside the last of them', () => {
  const reached = {
    ...finished,
    restocks: 2,
    unitsAdded: 200,
    conditions: [condition('Ready', 'MaxRestocksReached', 'No more')],
  };
  expect(tell(waiting, reached)).toEqual([
    'Normal Restocked: Added 100 units, 117 on hand',
    'Normal Finished: No more',
  ]);
});

test('each further restock is told, and several that nobody told of together', () => {
  expect(tell(waiting, { ...waiting, restocks: 2, unitsAdded: 200, stockAfter: 119 })).toEqual([
    'Normal Restocked: Added 100 units, 119 on hand',
  ]);
  expect(tell(waiting, { ...waiting, restocks: 4, unitsAdded: 400 })).toEqual([
    'Normal Restocked: Added 300 units in 3 restocks, 117 on hand',
  ]);
});

test('a resource whose reference was restocked before it was created says so', () => {
  expect(tell(undefined, finished, '2026-03-11T00:00:00Z', true)[0]).toBe(
    'Normal RestockedBefore: PO-1 has added 100 units before, the last at 2026-03-10T06:00:00Z',
  );
});

test('after a lost status, what was restocked before is not told as if it were now', () => {
  const five = { ...waiting, restocks: 5, unitsAdded: 500 };
  const nothingCounted: RestockStatus = {
    ...away,
    ...{ restocks: undefined, unitsAdded: undefined, lastRestockTime: undefined, stockAfter: undefined },
  };
  for (const lost of [undefined, nothingCounted]) {
    expect(tell(lost, finished, undefined, true)).toEqual([
      'Normal Restocked: Has added 100 units so far, 117 on hand after the last',
    ]);
    expect(tell(lost, five, undefined, true)).toEqual([
      'Normal Restocked: Has added 500 units in 5 restocks so far, 117 on hand after the last',
    ]);
  }
});

test('what is still suspended is not told as resumed', () => {
  const suspended: RestockStatus = { ...waiting, phase: 'Suspended' };
  expect(tell(suspended, { ...away, phase: 'Pending' }, undefined, true, true)).toEqual([
    'Warning InventoryUnavailable: It is tried again',
  ]);
});

test('suspending and resuming are told', () => {
  const suspended: RestockStatus = {
    ...waiting,
    phase: 'Suspended',
    conditions: [condition('Ready', 'Suspended', 'Restocks nothing')],
  };
  expect(tell(waiting, suspended)).toEqual(['Normal Suspended: Restocks nothing']);
  expect(tell(suspended, waiting)).toEqual(['Normal Resumed: Restocks again']);
});

test('what somebody should know of is a warning, once for each reason', () => {
  expect(tell(waiting, stalled('ProductNotFound'))).toEqual(['Warning ProductNotFound: There is none']);
  expect(tell(stalled('ProductNotFound'), stalled('ProductArchived'))).toEqual([
    'Warning ProductArchived: There is none',
  ]);
  expect(tell(waiting, away)).toEqual(['Warning InventoryUnavailable: It is tried again']);
});

test('nothing is told while nothing changes, nor after a restart', () => {
  for (const status of [waiting, finished, stalled('ProductNotFound'), away]) {
    expect(tell(status, status)).toEqual([]);
  }
});
