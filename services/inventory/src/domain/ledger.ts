import { TradewindError } from '@tradewind/shared/errors';
import { maxBalance, maxOnHand, type Level, type Movement, type MovementKind } from './stock.ts';

export interface Booking {
  readonly productId: string;
  readonly kind: MovementKind;
  readonly source: string;
  readonly quantity: number;
  readonly reason: string;
}

/** What one product gets in one transaction. */
export interface StockChange {
  readonly productId: string;
  /** The sequence that the change was worked out on; another one means a conflict. */
  readonly expectedSequence: number;
  readonly delta: number;
  readonly rows: number;
}

/** Books movements on levels read in a transaction, and keeps each product's chain: sequence without gaps, balance after each. */
export class LedgerDraft {
  readonly movements: Movement[] = [];
  readonly #levels: Map<string, Level>;
  readonly #first = new Map<string, Level>();
  readonly #at: Date;

  constructor(levels: ReadonlyMap<string, Level>, at: Date) {
    this.#levels = new Map(levels);
    this.#at = at;
  }

  level(productId: string): Level | undefined {
    return this.#levels.get(productId);
  }

  /** @throws TradewindError OUT_OF_STOCK below zero, INVALID_ARGUMENT above what a level can hold */
  book(booking: Booking): Movement {
    const level = this.#levels.get(booking.productId);
    if (!level) throw new TradewindError('NOT_FOUND', `there is no product ${booking.productId}`);
    const balance = level.onHand + booking.quantity;
    if (balance < 0) {
      throw new TradewindError('OUT_OF_STOCK', `only ${level.onHand} on hand`, {
        details: { available: level.onHand },
      });
    }
    const most = booking.kind === 'RELEASE' ? maxBalance : maxOnHand;
    if (booking.quantity > 0 && balance > most)
      throw new TradewindError('INVALID_ARGUMENT', `stock cannot exceed ${most}`);
    const movement: Movement = { ...booking, sequence: level.sequence + 1, balance, at: this.#at };
    if (!this.#first.has(booking.productId)) this.#first.set(booking.productId, level);
    this.#levels.set(booking.productId, { ...level, onHand: balance, sequence: movement.sequence });
    this.movements.push(movement);
    return movement;
  }

  /** One change for each product that moved. */
  changes(): StockChange[] {
    return [...this.#first].map(([productId, first]) => {
      const last = this.#levels.get(productId) ?? first;
      return {
        productId,
        expectedSequence: first.sequence,
        delta: last.onHand - first.onHand,
        rows: last.sequence - first.sequence,
      };
    });
  }
}
