import { describe, expect, test } from 'vitest';
import { type Counter, type Observed, plan } from './plan.ts';
import type { RestockSpec } from './product-restock.ts';

const created = new Date('2026-03-01T00:00Z');
const now = new Date('2026-03-10T12:00Z');
const product = (onHand: number) => ({ id: 'p1', onHand, archived: false });
const observed = (more: Partial<Observed> = {}): Observed => ({
  ...{ created, product: product(50) },
  ...more,
});
const counter = (more: Partial<Counter> = {}, of: Partial<Counter['of']> = {}): Counter => ({
  of: { productId: 'p1', amount: { quantity: 100 }, trigger: 'immediate', ...of },
  restocks: 1,
  triggers: 1,
  units: 100,
  lastAt: new Date('2026-03-09T00:00Z'),
  ...more,
});
const spec = (more: Partial<RestockSpec> = {}): RestockSpec => ({
  sku: 'PHONE-001',
  trigger: { immediate: {} },
  quantity: 100,
  suspend: false,
  ...more,
});
const filling = (upTo: number): RestockSpec => ({
  sku: 'PHONE-001',
  trigger: { immediate: {} },
  upTo,
  suspend: false,
});

describe('immediate', () => {
  test('asks for its quantity as long as inventory has counted nothing', () => {
    expect(plan(spec({ reason: 'delivery' }), observed(), now)).toEqual({
      kind: 'restock',
      intent: { trigger: { kind: 'immediate' }, amount: { quantity: 100 }, limits: {}, reason: 'delivery' },
    });
  });
  test('has finished once it was answered, also when the level was reached already', () => {
    expect(plan(spec(), observed({ counter: counter() }), now)).toEqual({
      kind: 'finished',
      why: 'Restocked',
      since: counter().lastAt,
    });
    const none = counter({ restocks: 0, units: 0 }, { amount: { upTo: 50 } });
    expect(plan(filling(50), observed({ counter: none }), now).kind).toBe('finished');
  });
});

describe('schedule', () => {
  const daily = spec({ trigger: { schedule: { cron: '0 6 * * *', timeZone: 'Europe/Berlin' } } });
  const answered = (more: Partial<Counter>) => counter(more, { trigger: 'schedule' });

  test('waits for its next instant when nothing is due', () => {
    const fresh = observed({ created: new Date('2026-03-10T08:00Z') });
    expect(plan(daily, fresh, now)).toEqual({ kind: 'wait', until: new Date('2026-03-11T05:00Z') });
  });
  test('catches up the last of all runs that were missed, and then waits', () => {
    const instant = new Date('2026-03-10T05:00Z');
    const missed = observed({ counter: answered({ lastInstant: new Date('2026-03-03T05:00Z') }) });
    expect(plan(daily, missed, now)).toMatchObject({ intent: { trigger: { kind: 'schedule', instant } } });
    expect(plan(daily, observed({ counter: answered({ lastInstant: instant }) }), now).kind).toBe('wait');
  });
  test('does not make up for what was due before it was created', () => {
    expect(plan(daily, observed({ created: now }), now).kind).toBe('wait');
  });
  test('nor when it was created again, with a reference whose last run is longer ago', () => {
    const lastInstant = new Date('2026-03-03T05:00Z');
    const anew = observed({ created: now, counter: answered({ lastInstant }) });
    expect(plan(daily, anew, now).kind).toBe('wait');
    const later = new Date('2026-03-11T05:00Z');
    expect(plan(daily, anew, later)).toMatchObject({ intent: { trigger: { instant: later } } });
  });
  test('does not turn back when its clock does', () => {
    const ahead = observed({ counter: answered({ lastInstant: new Date('2026-03-11T05:00Z') }) });
    expect(plan(daily, ahead, now).kind).toBe('wait');
  });
  test('says so when it can never be due', () => {
    const never = spec({ trigger: { schedule: { cron: '0 0 30 2 *', timeZone: 'Etc/UTC' } } });
    expect(plan(never, observed(), now)).toMatchObject({ kind: 'stalled', why: 'NeverDue' });
  });
  test('says so when it cannot be read', () => {
    const wrong = spec({ trigger: { schedule: { cron: '0 5-1 * * *', timeZone: 'Etc/UTC' } } });
    expect(plan(wrong, observed(), now)).toMatchObject({ kind: 'stalled', why: 'InvalidSchedule' });
  });
});

describe('threshold', () => {
  const low = spec({ trigger: { threshold: { below: 20 } } });

  test('waits while the level is not below', () => {
    expect(plan(low, observed({ product: product(20) }), now)).toEqual({ kind: 'wait' });
  });
  test('asks under the next number of its counter when the level is below', () => {
    const third = observed({
      product: product(19),
      counter: counter({ triggers: 2 }, { trigger: 'threshold' }),
    });
    const trigger = { kind: 'threshold', number: 3, below: 20 };
    expect(plan(low, third, now)).toMatchObject({ kind: 'restock', intent: { trigger } });
  });
  test('asks for the same again when it sees the same again', () => {
    const seen = observed({ product: product(3) });
    expect(plan(low, seen, now)).toEqual(plan(low, seen, new Date(now.getTime() + 60_000)));
  });
  test('asks for a level, where it is to be filled up', () => {
    expect(
      plan({ ...filling(200), trigger: low.trigger }, observed({ product: product(3) }), now),
    ).toMatchObject({
      intent: { amount: { upTo: 200 } },
    });
  });
});

describe('limits', () => {
  const low = (limits: RestockSpec['limits'] & object) =>
    spec({ trigger: { threshold: { below: 20 } }, limits });
  const after = (more: Partial<Counter>) =>
    observed({ product: product(1), counter: counter(more, { trigger: 'threshold' }) });

  test('end it after so many restocks, of which answers without a movement are none', () => {
    expect(plan(low({ maxRestocks: 2 }), after({ restocks: 2 }), now)).toMatchObject({
      kind: 'finished',
      why: 'MaxRestocksReached',
    });
    expect(plan(low({ maxRestocks: 2 }), after({ restocks: 1, triggers: 5 }), now).kind).toBe('restock');
  });
  test('end it when one more restock would be too many units', () => {
    expect(plan(low({ maxUnits: 250 }), after({ units: 100 }), now).kind).toBe('restock');
    expect(plan(low({ maxUnits: 250 }), after({ units: 200 }), now)).toMatchObject({
      why: 'MaxUnitsReached',
    });
  });
  test('go with what inventory is asked, which decides', () => {
    const limits = { maxRestocks: 3, maxUnits: 900 };
    expect(plan(low(limits), observed({ product: product(1) }), now)).toMatchObject({ intent: { limits } });
  });
});

describe('the end', () => {
  test('comes so many seconds after the last answer, where there is a reference', () => {
    const done = observed({ counter: counter() });
    const ttl = { ttlSecondsAfterFinished: 3600 };
    expect(plan(spec({ ...ttl, reference: 'PO-1' }), done, now)).toMatchObject({
      deleteAt: new Date('2026-03-09T01:00Z'),
    });
    expect(plan(spec(ttl), done, now)).not.toHaveProperty('deleteAt');
  });
  test('comes no sooner for a resource that was created anew, with a reference that was restocked before', () => {
    const anew = observed({ created: new Date('2026-03-10T11:00Z'), counter: counter() });
    expect(plan(spec({ reference: 'PO-1', ttlSecondsAfterFinished: 60 }), anew, now)).toMatchObject({
      ...{ since: anew.created, deleteAt: new Date('2026-03-10T11:01Z') },
    });
  });
  test('comes so many seconds after the first look that found a limit reached, however long ago it restocked', () => {
    const limited = spec({
      ...{ trigger: { threshold: { below: 20 } }, limits: { maxRestocks: 1 } },
      ...{ reference: 'PO-1', ttlSecondsAfterFinished: 60 },
    });
    const reached = observed({ counter: counter({}, { trigger: 'threshold' }) });
    const end = { since: now, deleteAt: new Date('2026-03-10T12:01Z') };
    expect(plan(limited, reached, now)).toMatchObject(end);
    const later = new Date(now.getTime() + 30_000);
    expect(plan(limited, { ...reached, finished: now }, later)).toMatchObject(end);
  });
  test('comes no sooner for a status that knows of an earlier end only', () => {
    const limited = spec({ trigger: { threshold: { below: 20 } }, limits: { maxRestocks: 1 } });
    const again = observed({
      ...{ finished: new Date('2026-03-02T00:00Z') },
      counter: counter({}, { trigger: 'threshold' }),
    });
    expect(plan(limited, again, now)).toMatchObject({ since: counter().lastAt });
  });
  test('is the end, suspended or not, and whatever became of the product', () => {
    const gone = observed({ counter: counter(), product: undefined });
    expect(plan(spec(), gone, now).kind).toBe('finished');
    expect(plan(spec({ suspend: true }), observed({ counter: counter() }), now).kind).toBe('finished');
  });
});

test('what is suspended asks for nothing, due or not', () => {
  const triggers = [
    { immediate: {} },
    { schedule: { cron: '* * * * *', timeZone: 'Etc/UTC' } },
    { threshold: { below: 20 } },
  ];
  for (const trigger of triggers) {
    expect(plan(spec({ trigger, suspend: true }), observed({ product: product(0) }), now)).toEqual({
      kind: 'suspended',
    });
  }
});

describe('a product', () => {
  test('that is not there, or archived, is waited for, and does not hide that the resource is suspended', () => {
    const missing = observed({ product: undefined });
    const archived = observed({ product: { id: 'p1', onHand: 5, archived: true } });
    expect(plan(spec(), missing, now)).toMatchObject({ kind: 'stalled', why: 'ProductNotFound' });
    expect(plan(spec(), archived, now)).toMatchObject({ kind: 'stalled', why: 'ProductArchived' });
    expect(plan(spec({ suspend: true }), missing, now).kind).toBe('suspended');
  });
});

test.each<Partial<Counter['of']>>([
  { productId: 'p2' },
  { amount: { quantity: 99 } },
  { amount: { upTo: 100 } },
  { trigger: 'threshold' },
])('the counter of another resource, by the same reference, is not answered for: %j', (of) => {
  const anothers = observed({ counter: counter({}, of) });
  for (const suspend of [false, true]) {
    const reused = spec({ reference: 'PO-1', suspend });
    expect(plan(reused, anothers, now)).toMatchObject({ kind: 'stalled', why: 'ReferenceReused' });
  }
});
