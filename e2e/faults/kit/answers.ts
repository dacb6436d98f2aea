import type { Line, OrderAnswer, OrderStatus } from './client.ts';

/** One order as its client remembers it. */
export interface Offer {
  readonly key: string;
  readonly lines: readonly Line[];
  /** How the first attempt ended, and whether a fault was on then or when it began. */
  readonly first: OrderAnswer['kind'] | undefined;
  readonly duringFault: boolean;
  readonly orderId: string | undefined;
  readonly refused: boolean;
  readonly told: ReadonlySet<OrderStatus>;
  readonly cancelAsked: boolean;
  readonly cancelAcknowledged: boolean;
}

type Memory = { -readonly [K in keyof Offer]: Offer[K] } & { readonly told: Set<OrderStatus> };

/** Everything that the clients of a load were told. */
export class Answers {
  readonly #offers = new Map<string, Memory>();
  readonly #restocked = new Map<string, number>();
  readonly #contradictions: string[] = [];
  #accepted = 0;
  #clearInARow = 0;

  get offers(): ReadonlyMap<string, Offer> {
    return this.#offers;
  }

  /** How many orders have an id. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Answers to orders since the last one that was not clear. */
  get clearInARow(): number {
    return this.#clearInARow;
  }

  /** Answers that cannot all be true. */
  get contradictions(): readonly string[] {
    return this.#contradictions;
  }

  /** The units that the shop says it has added to a product. */
  restocked(productId: string): number {
    return this.#restocked.get(productId) ?? 0;
  }

  offered(key: string, lines: readonly Line[]): void {
    this.#offers.set(key, {
      ...{ key, lines, first: undefined, duringFault: false, orderId: undefined, refused: false },
      ...{ told: new Set(), cancelAsked: false, cancelAcknowledged: false },
    });
  }

  answered(key: string, answer: OrderAnswer, duringFault: boolean): void {
    const offer = this.#offer(key);
    this.#clearInARow = answer.kind === 'unclear' ? 0 : this.#clearInARow + 1;
    if (offer.first === undefined) {
      offer.first = answer.kind;
      offer.duringFault = duringFault;
    }
    if (answer.kind === 'refused') {
      if (offer.orderId !== undefined)
        this.#contradictions.push(`${key} was refused after it was ${offer.orderId}`);
      offer.refused = true;
    } else if (answer.kind === 'accepted') {
      if (offer.orderId === undefined) this.#accepted += 1;
      else if (offer.orderId !== answer.orderId)
        this.#contradictions.push(`${key} was ${offer.orderId}, then ${answer.orderId}`);
      offer.orderId = answer.orderId;
      offer.told.add(answer.status);
    }
  }

  cancelAsked(key: string): void {
    this.#offer(key).cancelAsked = true;
  }

  cancelAcknowledged(key: string): void {
    this.#offer(key).cancelAcknowledged = true;
  }

  restockDone(productId: string, units: number): void {
    this.#restocked.set(productId, this.restocked(productId) + units);
  }

  #offer(key: string): Memory {
    const offer = this.#offers.get(key);
    if (!offer) throw new Error(`${key} was never offered`);
    return offer;
  }
}
