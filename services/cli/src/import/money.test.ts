import { describe, expect, it } from 'vitest';
import { checkPrice, formatMoney, parseCurrency, parsePrice } from './money.ts';

describe('parsePrice', () => {
  it.each([
    ['12', 'EUR', 1200],
    ['12.5', 'EUR', 1250],
    ['0.29', 'EUR', 29],
    ['1.005', 'BHD', 1005],
    ['980', 'JPY', 980],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
  ])('converts %s %s exactly', (text, currency, amount) => {
    expect(parsePrice(text, currency)).toEqual({ currency, amount });
  });

  it.each([
    ['1.005', 'EUR'],
    ['15.00', 'JPY'],
    ['1.0005', 'BHD'],
  ])('refuses %s %s, which has more decimals than the currency', (text, currency) => {
    expect(() => parsePrice(text, currency)).toThrow('more decimals');
  });

  it.each(['', 'free', '1,299.00', '1e3', '-1', '€5', '1.', '.5', '0x10'])('refuses "%s"', (text) => {
    expect(() => parsePrice(text, 'EUR')).toThrow('not a decimal number');
  });

  it('refuses what a number cannot hold exactly', () => {
    expect(() => parsePrice('90071992547409.92', 'EUR')).toThrow('2^53-1');
  });
});

describe('checkPrice', () => {
  it.each([-1, 1.5, NaN, 2 ** 53])('refuses %d minor units', (amount) => {
    expect(() => checkPrice({ currency: 'EUR', amount })).toThrow('minor units');
  });
});

describe('parseCurrency', () => {
  it('reads a code in any case', () => {
    expect(parseCurrency(' eur ')).toBe('EUR');
  });

  it('refuses what is no currency', () => {
    expect(() => parseCurrency('EURO')).toThrow('ISO 4217');
  });
});

it('writes an amount with the digits of its currency', () => {
  const amounts = ['EUR', 'JPY', 'BHD'].map((currency) => formatMoney({ currency, amount: 5 }));
  expect(amounts).toEqual(['0.05 EUR', '5 JPY', '0.005 BHD']);
});
