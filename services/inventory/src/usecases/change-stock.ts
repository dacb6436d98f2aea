import { invalid, TradewindError } from '@tradewind/shared/errors';
import { isText } from '@tradewind/shared/text';
import { LedgerDraft } from '../domain/ledger.ts';
import {
  maxLineQuantity,
  maxLines,
  maxOnHand,
  mergeLines,
  shortagesOf,
  type Level,
  type Line,
  type Movement,
  type Shortage,
} from '../domain/stock.ts';
import { isId } from '../domain/id.ts';

/** How the level is to change; what that means in units is worked out inside the ledger's transaction. */
export type Change =
  | { readonly kind: 'delta'; readonly units: number }
  | { readonly kind: 'set to'; readonly units: number }
  | { readonly kind: 'up to'; readonly units: number };

export interface ChangeStockDeps {
  readonly store: {
    /**
     * Books movements once under a key; a repeat gets what the first one did.
     * @throws TradewindError IDEMPOTENCY_KEY_REUSED when the body differs
     */
    bookOnce: (
      command: {
        readonly key: string;
        /** What earlier releases called the key. */
        readonly formerKey?: string;
        readonly body: unknown;
        readonly productIds: readonly string[];
        readonly at: Date;
      },
      plan: (levels: ReadonlyMap<string, Level>) => LedgerDraft,
    ) => Promise<{ readonly movements: readonly Movement[]; readonly onHand: number }>;
  };
  readonly tell: (productIds: Iterable<string>) => void;
}

interface Keyed {
  /** Who asks, as the ledger tells. */
  readonly caller: string;
  readonly key: string;
  readonly reason: string;
}

/** A key is the product's: the same key is one, whoever of those who may change the product sends it. */
export type AdjustStock = (
  command: Keyed & { readonly productId: string; readonly change: Change },
) => Promise<{ readonly movement: Movement | undefined; readonly onHand: number }>;

/** A key is the caller's: the same key of two callers is two. */
export type DecreaseStock = (
  command: Keyed & { readonly lines: readonly Line[] },
) => Promise<readonly Movement[]>;

export function adjustStock({ store, tell }: ChangeStockDeps): AdjustStock {
  return async ({ productId, change, reason, ...keyed }) => {
    const source = sourceOf(keyed);
    checkChange(change);
    checkReason(reason);
    const at = new Date();
    const command = {
      ...{ key: `product:${productId}/${keyed.key}`, formerKey: source },
      ...{ body: { productId, change, reason }, productIds: [productId], at },
    };
    const { movements, onHand } = await store.bookOnce(command, (levels) => {
      const level = levels.get(productId);
      if (!level) throw new TradewindError('NOT_FOUND', `there is no product ${productId}`);
      const ledger = new LedgerDraft(levels, at);
      const quantity = unitsOf(change, level.onHand);
      if (quantity > 0 && level.onHand + quantity > maxOnHand) {
        throw invalid('delta', `must leave at most ${maxOnHand} on hand; there are ${level.onHand}`);
      }
      if (quantity !== 0) ledger.book({ productId, kind: 'ADJUSTMENT', source, quantity, reason });
      return ledger;
    });
    tell([productId]);
    return { movement: movements[0], onHand };
  };
}

export function decreaseStock({ store, tell }: ChangeStockDeps): DecreaseStock {
  return async ({ lines: asked, reason, ...keyed }) => {
    const source = sourceOf(keyed);
    checkLines(asked);
    checkReason(reason);
    const lines = mergeLines(asked);
    const at = new Date();
    const productIds = lines.map(({ productId }) => productId);
    const command = { key: source, body: { lines, reason }, productIds, at };
    const { movements } = await store.bookOnce(command, (levels) => {
      const shortages = shortagesOf(lines, (productId) => levels.get(productId));
      if (shortages.length > 0) {
        throw new TradewindError('OUT_OF_STOCK', 'not everything is in stock', {
          details: { shortages: shortages.map(toJson) },
        });
      }
      const ledger = new LedgerDraft(levels, at);
      for (const { productId, quantity } of lines) {
        ledger.book({ productId, kind: 'DECREASE', source, quantity: -quantity, reason });
      }
      return ledger;
    });
    tell(productIds);
    return movements;
  };
}

/** @throws TradewindError INVALID_ARGUMENT naming the line */
export function checkLines(lines: readonly Line[]): void {
  if (lines.length === 0 || lines.length > maxLines) throw invalid('lines', `must be 1 to ${maxLines}`);
  for (const [index, { productId, quantity }] of lines.entries()) {
    if (!isId(productId)) throw invalid(`lines[${index}].product_id`, 'is not a product id');
    if (quantity < 1 || quantity > maxLineQuantity) {
      throw invalid(`lines[${index}].quantity`, `must be 1 to ${maxLineQuantity}`);
    }
  }
}

function unitsOf(change: Change, onHand: number): number {
  switch (change.kind) {
    case 'delta':
      return change.units;
    case 'set to':
      return change.units - onHand;
    case 'up to':
      return Math.max(0, change.units - onHand);
  }
}

function checkChange({ kind, units }: Change): void {
  const field = kind.replace(' ', '_');
  if (kind === 'delta' && units === 0) throw invalid(field, 'must not be zero');
  if (kind !== 'delta' && units < 0) throw invalid(field, 'must be zero or more');
  if (Math.abs(units) > maxOnHand) throw invalid(field, `must be at most ${maxOnHand}`);
}

/** @throws TradewindError INVALID_ARGUMENT */
export function checkReason(reason: string): void {
  if (reason.length > 500 || !isText(reason)) {
    throw invalid('reason', 'must be at most 500 characters, none of them a control character');
  }
}

/** What the ledger names as the cause. @throws TradewindError INVALID_ARGUMENT */
function sourceOf({ caller, key }: { readonly caller: string; readonly key: string }): string {
  if (key === '' || key.length > 200 || !isText(key)) {
    throw invalid('idempotency_key', 'must be 1 to 200 characters, none of them a control character');
  }
  return `${caller}/${key}`;
}

const toJson = ({ productId: product_id, ...rest }: Shortage) => ({ product_id, ...rest });
