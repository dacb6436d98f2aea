import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Books } from './books.ts';
import { compare, type Pair } from './compare.ts';
import { decisionFields, orderFields } from './documents.ts';
import type { Findings } from './finding.ts';

interface Suspect {
  readonly fingerprint: string;
  /** When it has had its time to settle. */
  readonly due: number;
}

export interface SuspectsOptions {
  readonly books: Books;
  readonly findings: Findings;
  readonly settleMs: number;
  readonly signal: AbortSignal;
  /** So many are remembered; with more, the audit waits for the first ones to settle. */
  readonly limit?: number;
}

const batch = 500;

/**
 * Orders that differ from their decisions. The two databases share no snapshot, so each difference may be an event on its
 * way; it is a finding when both documents are still the same after the settlement bound.
 */
export class Suspects {
  /** Differences that were under way. */
  settled = 0;
  readonly #suspects = new Map<string, Suspect>();
  readonly #options: SuspectsOptions;

  constructor(options: SuspectsOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#suspects.size;
  }

  async add(pair: Pair): Promise<void> {
    const { settleMs, limit = 20_000 } = this.#options;
    this.#suspects.set(pair.id, { fingerprint: fingerprintOf(pair), due: performance.now() + settleMs });
    while (this.#suspects.size >= limit) await this.#settleSome();
  }

  /** Waits until each had its time, and decides. */
  async settle(): Promise<void> {
    while (this.#suspects.size > 0) await this.#settleSome();
  }

  async #settleSome(): Promise<void> {
    const { books, findings, signal } = this.#options;
    const some = [...this.#suspects.entries().take(batch)];
    const due = Math.max(...some.map(([, suspect]) => suspect.due));
    await delay(Math.max(0, due - performance.now()), undefined, { signal });
    const pairs = await readPairs(
      books,
      some.map(([id]) => id),
    );
    for (const [id, { fingerprint }] of some) {
      this.#suspects.delete(id);
      const pair = pairs.get(id);
      const comparison = pair && fingerprintOf(pair) === fingerprint ? compare(pair) : 'agree';
      if (typeof comparison === 'string') this.settled += 1;
      else findings.add(comparison);
    }
  }
}

async function readPairs({ orders, decisions }: Books, ids: readonly string[]): Promise<Map<string, Pair>> {
  const filter = { _id: { $in: [...ids] } };
  const readConcern = 'majority';
  const [foundOrders, foundDecisions] = await Promise.all([
    orders.find(filter, { projection: orderFields, readConcern }).toArray(),
    decisions.find(filter, { projection: decisionFields, readConcern }).toArray(),
  ]);
  const orderOf = new Map(foundOrders.map((order) => [order._id, order]));
  const decisionOf = new Map(foundDecisions.map((decision) => [decision._id, decision]));
  return new Map(ids.map((id) => [id, { id, order: orderOf.get(id), decision: decisionOf.get(id) }]));
}

/** What compare looks at: neither the sweeper's turns nor announcements, which move and settle nothing. */
function fingerprintOf({ order, decision }: Pair): string {
  const state = order && [
    order.status,
    order.items,
    order.actions,
    order.owed?.filter(({ until }) => until === 'effect'),
  ];
  return createHash('sha256')
    .update(JSON.stringify([state, decision]))
    .digest('base64');
}
