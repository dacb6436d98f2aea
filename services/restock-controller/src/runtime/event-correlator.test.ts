import { expect, test } from 'vitest';
import { EventCorrelator } from './event-correlator.ts';

const event = (message: string) => ({ type: 'Normal', reason: 'Restocked', message }) as const;

test('the same event again is counted', () => {
  const correlator = new EventCorrelator(() => 0);
  const told = (uid: string) => correlator.correlate(uid, event('100 units'))?.told;
  const first = told('uid');
  expect(told('uid')).toBe(first);
  expect(told('another')).not.toBe(first);
});

test('more than ten that differ in the message only become one', () => {
  const correlator = new EventCorrelator(() => 0);
  const all = Array.from({ length: 13 }, (_, n) => correlator.correlate('uid', event(`restock ${n}`)));
  const told = all.map((each) => each?.told);
  expect(new Set(told.slice(0, 11)).size).toBe(11);
  expect(new Set(told.slice(10)).size).toBe(1);
  expect(all.at(-1)?.message).toBe('(combined from similar events): restock 12');
});

test('what differs is told one by one again after ten quiet minutes', () => {
  let now = 0;
  const correlator = new EventCorrelator(() => now);
  for (let n = 0; n < 12; n++) correlator.correlate('uid', event(`restock ${n}`));
  now += 600_001;
  expect(correlator.correlate('uid', event('restock 99'))).toMatchObject({ message: 'restock 99' });
});

test('a resource that tells too much is heard once in five minutes', () => {
  let now = 0;
  const correlator = new EventCorrelator(() => now);
  const isHeard = (uid = 'uid') => correlator.correlate(uid, event('again')) !== undefined;
  for (let n = 0; n < 25; n++) expect(isHeard()).toBe(true);
  expect(isHeard()).toBe(false);
  expect(isHeard('another')).toBe(true);
  now += 300_000;
  expect(isHeard()).toBe(true);
  expect(isHeard()).toBe(false);
});
