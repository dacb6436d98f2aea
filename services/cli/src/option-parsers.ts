import { InvalidArgumentError } from 'commander';

/** A whole number from 1. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}

/** Events per second: 20, 0.5 or 20/s. */
export function perSecond(text: string): number {
  const [, number] = /^(\d{1,6}(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? [];
  if (number === undefined || Number(number) <= 0)
    throw new InvalidArgumentError('It is a rate such as 20 or 20/s.');
  return Number(number);
}

/** Seconds: 90, 90s, 5m or 1h. */
export function seconds(text: string): number {
  const [, number, unit] = /^(\d{1,7}(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  if (number === undefined || Number(number) <= 0)
    throw new InvalidArgumentError('It is a time such as 90, 90s or 5m.');
  return Number(number) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1);
}
