import { invalid } from '@tradewind/shared/errors';
import type { Money } from '../api/types.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** An ISO 4217 code in capitals. */
export function parseCurrency(text: string): string {
  const currency = text.trim().toUpperCase();
  if (!currencies.has(currency)) throw invalid('currency', `"${text}" is not an ISO 4217 code such as EUR`);
  return currency;
}

/**
 * A decimal text as minor units, exactly. Refuses what is no plain decimal, and more decimals than the currency has,
 * zeros too: 15.00 in a yen import means that the currency is wrong.
 *
 * @example parsePrice('12.5', 'EUR') // { currency: 'EUR', amount: 1250 }
 */
export function parsePrice(text: string, currency: string): Money {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) throw invalid('price', `"${text}" is not a decimal number such as 12.50`);
  const digits = minorDigits(currency);
  if (fraction.length > digits) {
    throw invalid('price', `"${text}" has more decimals than ${currency}, which has ${digits}`);
  }
  return checkPrice({ currency, amount: Number(whole + fraction.padEnd(digits, '0')) });
}

/** A price that is in minor units already. */
export function checkPrice({ currency, amount }: Money): Money {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    throw invalid('price', 'in minor units is a whole number from 0 to 2^53-1');
  }
  return { currency: parseCurrency(currency), amount };
}

/** The amount as people write it, such as "12.50 EUR". */
export function formatMoney({ currency, amount }: Money): string {
  const digits = minorDigits(currency);
  const text = String(amount).padStart(digits + 1, '0');
  const point = text.length - digits;
  return `${text.slice(0, point)}${digits > 0 ? `.${text.slice(point)}` : ''} ${currency}`;
}

function minorDigits(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 0;
}
