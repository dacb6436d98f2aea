import { expect, test } from 'vitest';
import { EventCorrelator } from './event-correlator.ts';

const event = (message: string) => ({ type: 'Normal', reason: 'Restocked', message }) as const;

test('the same event again is counted', () => {
  const correlator = new EventCorrelator(() => 0);
  expect(correlator.correlate('uid', event('100 units'))).toMatchObject({ kind: 'create' });
  expect(correlator.correlate('uid', event('100 units'))).toMatchObject({ kind: 'count', count: 2 });
  expect(correlator.correlate('another', event('100 units'))).toMatchObject({ kind: 'create' });
});

test('more than ten that differ in the message only become one', () => {
  const correlator = new EventCorrelator(() => 0);
  const told = Array.from({ length: 13 }, (_, n) => correlator.correlate('uid', event(`restock ${n}`)));
  expect(told.map(({ kind }) => kind)).toEqual([...Array<string>(11).fill('create'), 'count', 'count']);
  expect(told.at(-1)).toMatchObject({ count: 3, message: '(combined from similar events): restock 12' });
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
  const kinds = () => correlator.correlate('uid', event('again')).kind;
  for (let n = 0; n < 25; n++) expect(kinds()).not.toBe('drop');
  expect(kinds()).toBe('drop');
  expect(correlator.correlate('another', event('again')).kind).toBe('create');
  now += 300_000;
  expect(kinds()).toBe('count');
  expect(kinds()).toBe('drop');
});

test('what was forgotten is created anew', () => {
  const correlator = new EventCorrelator(() => 0);
  const first = correlator.correlate('uid', event('once'));
  if (first.kind === 'drop') throw new Error('it was told');
  correlator.forget(first.id);
  expect(correlator.correlate('uid', event('once'))).toMatchObject({ kind: 'create' });
});
