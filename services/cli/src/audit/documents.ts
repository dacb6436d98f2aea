/** The fields of the stored documents that an audit reads, declared apart from the services that it checks. */

export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export interface ProductRecord {
  readonly _id: string;
  readonly onHand: number;
  readonly sequence: number;
  /** Until when readers are to be told of the last change. */
  readonly tellAt?: Date;
}

export interface RowRecord extends Line {
  readonly _id: string;
  readonly sequence: number;
  readonly balance: number;
  readonly kind: string;
  /** The order, for rows of the kinds ORDER and RELEASE; counter and trigger, for RESTOCK. */
  readonly source: string;
}

export interface DecisionRecord {
  readonly _id: string;
  readonly state: string;
  readonly lines: readonly Line[];
  /** Why the order could not be decided at all; there are no lines then. */
  readonly reason: string;
}

/** What a source of restocks has done. */
export interface CounterRecord {
  readonly _id: string;
  readonly productId: string;
  /** What each restock adds, or the level that each fills up to. */
  readonly change: { readonly kind: string; readonly units: number };
  /** Rows. */
  readonly restocks: number;
  readonly triggers: number;
  readonly units: number;
  readonly lastMovement?: { readonly sequence: number };
}

export interface OwedRecord {
  readonly id: string;
  readonly type: string;
  readonly until: string;
  readonly time: Date;
}

export interface OrderRecord {
  readonly _id: string;
  readonly status: string;
  readonly items: readonly (Line & { readonly unitPrice: number })[];
  readonly total: { readonly amount: number };
  readonly actions: readonly { readonly action: string }[];
  readonly owed?: readonly OwedRecord[];
  /** When the sweeper publishes next what is owed. */
  readonly owedAt?: Date;
}

export const productFields = { onHand: 1, sequence: 1, tellAt: 1 } as const;
export const rowFields = { productId: 1, sequence: 1, kind: 1, source: 1, quantity: 1, balance: 1 } as const;
export const decisionFields = { state: 1, lines: 1, reason: 1 } as const;
export const counterFields = {
  ...{ productId: 1, change: 1, restocks: 1, triggers: 1, units: 1, 'lastMovement.sequence': 1 },
} as const;
export const orderFields = {
  ...{ status: 1, 'items.productId': 1, 'items.quantity': 1, 'items.unitPrice': 1, 'total.amount': 1 },
  ...{ 'actions.action': 1, 'owed.id': 1, 'owed.type': 1, 'owed.until': 1, 'owed.time': 1, owedAt: 1 },
} as const;

/** Lines as one text: those of a product merged, in the order of the products. */
export function textOfLines(lines: readonly Line[]): string {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  }
  const sorted = [...quantities].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.length === 0
    ? 'nothing'
    : sorted.map(([productId, quantity]) => `${quantity} of ${productId}`).join(', ');
}
