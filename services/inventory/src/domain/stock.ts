/** Units of one product. */
export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export type ShortageReason = 'OUT_OF_STOCK' | 'UNKNOWN_PRODUCT' | 'ARCHIVED';

export interface Shortage {
  readonly productId: string;
  readonly requested: number;
  readonly available: number;
  readonly reason: ShortageReason;
}

/** A product's stock as the ledger has it. */
export interface Level {
  /** Units; the balance of the last ledger row. */
  readonly onHand: number;
  /** The last row's number; 0 before the first. */
  readonly sequence: number;
  readonly archived: boolean;
}

export type MovementKind = 'ORDER' | 'RELEASE' | 'INITIAL' | 'ADJUSTMENT' | 'DECREASE' | 'RESTOCK';

/** A row of the ledger. Unique by product, source and kind, and by product and sequence. */
export interface Movement {
  readonly productId: string;
  readonly sequence: number;
  readonly kind: MovementKind;
  /** An order id, who asked and under which key, or a source of restocks and which of its triggers. */
  readonly source: string;
  /** Units, signed. */
  readonly quantity: number;
  /** On hand after it. */
  readonly balance: number;
  readonly reason: string;
  readonly at: Date;
}

/** Quantities travel as int32. */
export const maxBalance = 2 ** 31 - 1;
/** What a product may be stocked up to, so that there is room for what was sold and comes back. */
export const maxOnHand = 2_000_000_000;
export const maxLineQuantity = 1_000_000;
export const maxLines = 100;

export const mergeLines = (lines: readonly Line[]): Line[] => {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  }
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
};

/** What of these lines cannot be had. An archived product gives nothing, whatever it has; it still takes returns. */
export function shortagesOf(
  lines: readonly Line[],
  levelOf: (productId: string) => Level | undefined,
): Shortage[] {
  return lines.flatMap(({ productId, quantity: requested }): Shortage[] => {
    const level = levelOf(productId);
    if (!level) return [{ productId, requested, available: 0, reason: 'UNKNOWN_PRODUCT' }];
    if (level.archived) return [{ productId, requested, available: 0, reason: 'ARCHIVED' }];
    if (level.onHand >= requested) return [];
    return [{ productId, requested, available: level.onHand, reason: 'OUT_OF_STOCK' }];
  });
}
