/** What can be wrong, in the words of docs/audit.md. */
export const findingKinds = [
  'chain-gap',
  'chain-balance',
  'chain-negative',
  'chain-end',
  'row-without-product',
  'row-without-decision',
  'row-against-decision',
  'row-without-counter',
  'row-against-counter',
  'counter-against-rows',
  'decision-without-row',
  'decision-without-order',
  'order-without-decision',
  'order-against-decision',
  'order-lines',
  'order-log',
  'order-total',
  'order-not-asked',
  'order-key-twice',
  'event-stuck',
  'telling-stuck',
  'index-missing',
] as const;

export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** The documents, by collection and id, such as `orders/0198…`. */
  readonly documents: readonly string[];
  readonly expected: string;
  readonly found: string;
}

/** Counts findings, and keeps the first ones. */
export class Findings {
  readonly counts = new Map<FindingKind, number>();
  readonly kept: Finding[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get total(): number {
    return this.counts.values().reduce((sum, count) => sum + count, 0);
  }

  add(...findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.counts.set(finding.kind, (this.counts.get(finding.kind) ?? 0) + 1);
      if (this.kept.length < this.#limit) this.kept.push(finding);
    }
  }
}
