import { describe, expect, test } from 'vitest';
import { decide, foldByOrder, type Decision, type OrderCommand } from './decision.ts';
import type { Level } from './stock.ts';

const at = new Date(0);
const level = (onHand: number, archived = false): Level => ({ onHand, sequence: 5, archived });
const reserve = (orderId: string, ...lines: [string, number][]): OrderCommand => ({
  kind: 'reserve',
  orderId,
  lines: lines.map(([productId, quantity]) => ({ productId, quantity })),
});
const release = (orderId: string): OrderCommand => ({ kind: 'release', orderId });
const known = (...decisions: Decision[]) =>
  new Map(decisions.map((decision) => [decision.orderId, decision]));
const none = known();

describe('deciding', () => {
  test('takes every line of an order, or none', () => {
    const levels = new Map([
      ['a', level(5)],
      ['b', level(1)],
    ]);
    const { outcome, ledger } = decide([reserve('o', ['a', 2], ['b', 2])], none, levels, at);
    expect(outcome.get('o')).toMatchObject({
      state: 'REJECTED',
      shortages: [{ productId: 'b', requested: 2, available: 1, reason: 'OUT_OF_STOCK' }],
    });
    expect(ledger.movements).toEqual([]);
  });

  test('gives later orders of a batch what earlier ones left', () => {
    const orders = [reserve('1', ['a', 3]), reserve('2', ['a', 3]), reserve('3', ['a', 2])];
    const { outcome, ledger } = decide(orders, none, new Map([['a', level(5)]]), at);
    expect([...outcome.values()].map(({ state }) => state)).toEqual(['RESERVED', 'REJECTED', 'RESERVED']);
    expect(ledger.movements.map(({ sequence, balance }) => [sequence, balance])).toEqual([
      [6, 2],
      [7, 0],
    ]);
    expect(ledger.changes()).toEqual([{ productId: 'a', expectedSequence: 5, delta: -5, rows: 2 }]);
  });

  test('merges the lines of one product before it compares', () => {
    const { outcome } = decide([reserve('o', ['a', 3], ['a', 3])], none, new Map([['a', level(5)]]), at);
    expect(outcome.get('o')?.shortages).toEqual([
      { productId: 'a', requested: 6, available: 5, reason: 'OUT_OF_STOCK' },
    ]);
  });

  test('names products that are unknown or archived', () => {
    const orders = [reserve('o', ['gone', 1], ['old', 1])];
    const { outcome } = decide(orders, none, new Map([['old', level(9, true)]]), at);
    expect(outcome.get('o')?.shortages.map(({ reason }) => reason)).toEqual(['UNKNOWN_PRODUCT', 'ARCHIVED']);
  });

  test.each([
    ['no lines', reserve('o')],
    ['a quantity of zero', reserve('o', ['a', 0])],
    ['a negative quantity', reserve('o', ['a', -1])],
    ['a quantity that is no whole number', reserve('o', ['a', 1.5])],
    ['a product without a name', reserve('o', ['', 1])],
    ['101 lines', reserve('o', ...Array.from({ length: 101 }, (_, i): [string, number] => [String(i), 1]))],
  ])('rejects an order that can never be decided: %s', (_, command) => {
    const { outcome, ledger } = decide([command], none, new Map([['a', level(5)]]), at);
    expect(outcome.get('o')).toMatchObject({
      state: 'REJECTED',
      reason: expect.stringMatching(/./) as string,
    });
    expect(ledger.movements).toEqual([]);
  });
});

describe('a decision that is there', () => {
  const reserved: Decision = {
    orderId: 'o',
    state: 'RESERVED',
    lines: [{ productId: 'a', quantity: 2 }],
    shortages: [],
    reason: '',
  };

  test.each(['RESERVED', 'REJECTED', 'CANCELLED', 'RELEASED'] as const)(
    'stands when asked again: %s',
    (state) => {
      const plan = decide(
        [reserve('o', ['a', 2])],
        known({ ...reserved, state }),
        new Map([['a', level(5)]]),
        at,
      );
      expect(plan.outcome.get('o')?.state).toBe(state);
      expect(plan.decided).toEqual([]);
      expect(plan.ledger.movements).toEqual([]);
    },
  );

  test('gives the units back when a reserved order is cancelled', () => {
    const plan = decide([release('o')], known(reserved), new Map([['a', level(5)]]), at);
    expect(plan.released.map(({ state }) => state)).toEqual(['RELEASED']);
    expect(plan.ledger.movements).toMatchObject([{ kind: 'RELEASE', source: 'o', quantity: 2, balance: 7 }]);
  });

  test('takes returns for an archived product', () => {
    const plan = decide([release('o')], known(reserved), new Map([['a', level(0, true)]]), at);
    expect(plan.ledger.changes()).toEqual([{ productId: 'a', expectedSequence: 5, delta: 2, rows: 1 }]);
  });

  test.each(['REJECTED', 'CANCELLED', 'RELEASED'] as const)(
    'stays %s when the order is cancelled',
    (state) => {
      const plan = decide([release('o')], known({ ...reserved, state }), new Map([['a', level(5)]]), at);
      expect(plan.outcome.get('o')?.state).toBe(state);
      expect(plan.ledger.movements).toEqual([]);
    },
  );
});

describe('a cancellation', () => {
  test('that overtakes its order cancels it for ever', () => {
    const plan = decide([release('o')], none, new Map(), at);
    expect(plan.decided).toMatchObject([{ orderId: 'o', state: 'CANCELLED' }]);
  });

  test.each([
    ['after', [reserve('o', ['a', 1]), release('o')]],
    ['before', [release('o'), reserve('o', ['a', 1])]],
  ])('wins over its order in one batch, standing %s it', (_, commands) => {
    expect(foldByOrder(commands)).toEqual([release('o')]);
  });
});
