import { invalid } from '@tradewind/shared/errors';
import { isText } from '@tradewind/shared/text';

/**
 * A text that can be kept and shown as it is, and is not too long.
 * @throws TradewindError INVALID_ARGUMENT naming the field
 */
export function checkText(field: string, text: string, maxLength: number): string {
  if (text.length > maxLength) throw invalid(field, `must be at most ${maxLength} characters`);
  if (!isText(text)) throw invalid(field, 'must not hold control characters');
  return text;
}
