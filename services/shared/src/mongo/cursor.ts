import { invalid } from '../errors/index.ts';

/** How long reading a page may take, in ms: less than its caller waits, so that no reading goes on for nobody. */
export const maxPageMs = 4_000;

/** A page token: what the last row of the page was sorted by, opaque to the caller. */
export function encodePageToken(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws TradewindError INVALID_ARGUMENT on page_token unless it holds as many values of the kinds given */
export function decodePageToken<const K extends readonly ('string' | 'number')[]>(
  token: string,
  kinds: K,
): { -readonly [I in keyof K]: K[I] extends 'number' ? number : string } {
  try {
    const position: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    const fits =
      Array.isArray(position) &&
      position.length === kinds.length &&
      kinds.every((kind, index) => typeof position[index] === kind);
    if (fits) return position as never;
  } catch {
    // Not JSON: the same answer as for wrong JSON.
  }
  throw invalid('page_token', 'is not one that a page gave');
}

/** @throws TradewindError INVALID_ARGUMENT unless 0 (the default of 20) to 100 */
export function pageSize(asked: number): number {
  if (asked < 0 || asked > 100) throw invalid('page_size', 'must be 1 to 100');
  return asked === 0 ? 20 : asked;
}
