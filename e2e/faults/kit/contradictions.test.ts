import { describe, expect, test } from 'vitest';
import { Answers } from './answers.ts';
import { clearShare } from './checks.ts';
import type { OrderStatus } from './client.ts';
import { contradictions, type StoredOrder } from './contradictions.ts';

const lines = [{ productId: 'cup', quantity: 2 }];
const order = (change: Partial<StoredOrder> = {}): StoredOrder => ({
  ...{ id: 'o1', key: 'k1', status: 'CONFIRMED', lines, owed: 0 },
  ...change,
});

/** A client that asked for two cups and was told each of these. */
function told(...statuses: readonly OrderStatus[]): Answers {
  const answers = new Answers();
  answers.offered('k1', lines);
  for (const status of statuses) answers.answered('k1', { kind: 'accepted', orderId: 'o1', status }, false);
  return answers;
}

const problems = (
  answers: Answers,
  orders: readonly StoredOrder[],
  { onHand = 8, mayRunOut = false } = {},
) => {
  const stock = { units: new Map([['cup', 10]]), mayRunOut };
  return contradictions({ orders, onHand: new Map([['cup', onHand]]) }, answers, stock);
};

test('a promise that is kept is no contradiction', () => {
  expect(problems(told('PENDING', 'CONFIRMED'), [order()])).toEqual([]);
});

test('restocked units and those of a cancelled order are counted', () => {
  const answers = told('CONFIRMED');
  answers.cancelAsked('k1');
  answers.cancelAcknowledged('k1');
  answers.restockDone('cup', 5);
  expect(problems(answers, [order({ status: 'CANCELLED' })], { onHand: 15 })).toEqual([]);
  expect(problems(answers, [order({ status: 'CANCELLED' })], { onHand: 10 })).toEqual([
    'product cup: 10 on hand instead of 15',
  ]);
});

describe('is reported:', () => {
  test.for<[what: string, answers: Answers, orders: StoredOrder[], onHand: number, problem: string]>([
    ['a lost order', told('PENDING'), [], 10, 'order k1: accepted as o1, and lost'],
    ['a lost unit', told('CONFIRMED'), [order()], 7, 'product cup: 7 on hand instead of 8'],
    ['a doubled unit', told('CONFIRMED'), [order()], 9, 'product cup: 9 on hand instead of 8'],
    [
      'an order nobody asked for',
      told('CONFIRMED'),
      [order(), order({ id: 'o2', key: 'k2' })],
      6,
      'order o2: nobody asked for it',
    ],
    [
      'an order that is there twice',
      told('CONFIRMED'),
      [order(), order({ id: 'o2' })],
      6,
      'order k1: there 2 times',
    ],
    ['another id', told('CONFIRMED'), [order({ id: 'o2' })], 8, 'order k1: accepted as o1, stored as o2'],
    [
      'other lines',
      told('CONFIRMED'),
      [order({ lines: [{ productId: 'cup', quantity: 1 }] })],
      9,
      'order k1: has 1 × cup instead of 2 × cup',
    ],
    [
      'an order that is not settled',
      told('PENDING'),
      [order({ status: 'PENDING' })],
      10,
      'order k1: not settled',
    ],
    [
      'an event that is still owed',
      told('CONFIRMED'),
      [order({ owed: 1 })],
      8,
      'order k1: still owes 1 events',
    ],
    [
      'a confirmation taken back',
      told('CONFIRMED'),
      [order({ status: 'CANCELLED' })],
      10,
      'order k1: CANCELLED, after it was CONFIRMED',
    ],
    ['a refusal taken back', told('CANCELLED'), [order()], 8, 'order k1: CONFIRMED, after it was CANCELLED'],
    [
      'a refusal with plenty in stock',
      told('CANCELLED'),
      [order({ status: 'CANCELLED' })],
      10,
      'order k1: CANCELLED, with plenty in stock',
    ],
  ])('%s', ([, answers, orders, onHand, problem]) => {
    expect(problems(answers, orders, { onHand })).toContain(problem);
  });

  test('a cancellation that was acknowledged and not done', () => {
    const answers = told('PENDING');
    answers.cancelAsked('k1');
    answers.cancelAcknowledged('k1');
    expect(problems(answers, [order()])).toEqual([
      'order k1: CONFIRMED, after its cancellation was acknowledged',
    ]);
  });

  test('an order that is there although it was refused', () => {
    const answers = new Answers();
    answers.offered('k1', lines);
    answers.answered('k1', { kind: 'refused' }, false);
    expect(problems(answers, [order()], { mayRunOut: true })).toEqual([
      'order k1: refused, but it is there as o1',
    ]);
    expect(problems(answers, [], { onHand: 10 })).toEqual(['order k1: refused, with plenty in stock']);
  });

  test('a repeat that is answered with another order', () => {
    const answers = told('PENDING');
    answers.answered('k1', { kind: 'accepted', orderId: 'o2', status: 'PENDING' }, false);
    expect(problems(answers, [order()])).toContain('k1 was o1, then o2');
  });
});

test('first attempts without an answer count outside of the fault only', () => {
  const answers = told('CONFIRMED');
  const unclear = (key: string, duringFault: boolean) => {
    answers.offered(key, lines);
    answers.answered(key, { kind: 'unclear' }, duringFault);
  };
  unclear('k2', true);
  expect(clearShare(answers)).toBe(1);
  unclear('k3', false);
  expect(clearShare(answers)).toBe(0.5);
});
