import { invalid } from '@tradewind/shared/errors';

/**
 * A text that can be kept and shown as it is: not too long, no control characters beside tabs and line breaks, and no
 * halves of surrogate pairs, which would come back from the database as another text.
 * @throws TradewindError INVALID_ARGUMENT naming the field
 */
export function checkText(field: string, text: string, maxLength: number): string {
  if (text.length > maxLength) throw invalid(field, `must be at most ${maxLength} characters`);
  if (!text.isWellFormed() || /[^\P{Cc}\t\r\n]/u.test(text)) {
    throw invalid(field, 'must not hold control characters');
  }
  return text;
}
