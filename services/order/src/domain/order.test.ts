import { describe, expect, test } from 'vitest';
import {
  checkAddress,
  checkLines,
  checkNote,
  mayBecome,
  statesBefore,
  totalOf,
  type Address,
  type OrderItem,
  type OrderStatus,
} from './order.ts';

const refusal = (field: string) =>
  expect.objectContaining({
    code: 'INVALID_ARGUMENT',
    fields: [expect.objectContaining({ field })],
  }) as Error;
const line = (productId: string, quantity: number) => ({ productId, quantity });
const item = (quantity: number, unitPrice: number): OrderItem => ({
  ...{ productId: 'p', sku: 's', name: 'n', productVersion: 1 },
  ...{ quantity, unitPrice },
});

describe('states', () => {
  const all: OrderStatus[] = ['PENDING', 'CONFIRMED', 'COMPLETED', 'CANCELLED'];
  const allowed = ['PENDING CONFIRMED', 'CONFIRMED COMPLETED', 'PENDING CANCELLED', 'CONFIRMED CANCELLED'];

  test.each(all.flatMap((from) => all.map((to) => [from, to] as const)))('%s to %s', (from, to) => {
    const may = allowed.includes(`${from} ${to}`);
    expect(mayBecome(from, to)).toBe(may);
    expect(statesBefore(to).includes(from)).toBe(may);
  });
});

describe('lines', () => {
  test('of one product are merged, in the order of their first', () => {
    expect(checkLines([line('b', 1), line('a', 2), line('b', 3)])).toEqual([line('b', 4), line('a', 2)]);
  });

  test('may be a hundred, of a million units each', () => {
    const lines = Array.from({ length: 100 }, (_, i) => line(`p${i}`, 1_000_000));
    expect(checkLines(lines)).toEqual(lines);
  });

  test.each([
    ['items', []],
    ['items', Array.from({ length: 101 }, () => line('p', 1))],
    ['items[0].product_id', [line('', 1)]],
    ['items[1].product_id', [line('p', 1), line('a b', 1)]],
    ['items[0].quantity', [line('p', 0)]],
    ['items[0].quantity', [line('p', 1.5)]],
    ['items[0].quantity', [line('p', NaN)]],
    ['items[1].quantity', [line('p', 600_000), line('p', 600_000)]],
  ])('are refused by the name of %s', (field, lines) => {
    expect(() => checkLines(lines)).toThrow(refusal(field));
  });
});

describe('the total', () => {
  test('is the sum of the items in their one currency', () => {
    expect(totalOf([item(3, 1_999), item(2, 1)], ['EUR', 'EUR'])).toEqual({ currency: 'EUR', amount: 5_999 });
  });

  test('is exact up to 2^53-1, and refused beyond', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(totalOf([item(1, most - 1), item(1, 1)], ['EUR']).amount).toBe(most);
    expect(() => totalOf([item(1, most), item(1, 1)], ['EUR'])).toThrow(
      expect.objectContaining({ code: 'UNPRICEABLE' }) as Error,
    );
  });

  test('has one currency', () => {
    expect(() => totalOf([item(1, 1), item(1, 1)], ['EUR', 'USD'])).toThrow(
      expect.objectContaining({ code: 'UNPRICEABLE' }) as Error,
    );
  });
});

describe('texts', () => {
  const home: Address = {
    ...{ name: 'Ada', line1: 'Some Street 1', line2: '', city: 'London', postalCode: 'N1', country: 'GB' },
  };

  test.each<[string, Partial<Address>]>([
    ['address.name', { name: ' ' }],
    ['address.line1', { line1: '' }],
    ['address.city', { city: 'a\0b' }],
    ['address.postal_code', { postalCode: 'x'.repeat(201) }],
    ['address.line2', { line2: '\ud800' }],
    ['address.country', { country: 'uk' }],
  ])('%s is refused by its name', (field, change) => {
    expect(() => checkAddress({ ...home, ...change })).toThrow(refusal(field));
    expect(checkAddress(home)).toEqual(home);
  });

  test('a note may have lines, and no other control characters', () => {
    expect(checkNote('ring twice\n\tthen wait 😀 $literal')).toContain('ring');
    expect(() => checkNote('\u001b[2J')).toThrow(refusal('note'));
    expect(() => checkNote('x'.repeat(1_001))).toThrow(refusal('note'));
  });
});
