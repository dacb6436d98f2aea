import { auditLedger } from './audit-ledger.ts';
import { auditOrders } from './audit-orders.ts';
import { auditRestocks } from './audit-restocks.ts';
import { openBooks, type Books, type BooksOptions } from './books.ts';
import { keysTwice, missingGuards, missingIndex } from './check-indexes.ts';
import { Findings, type Finding, type FindingKind } from './finding.ts';
import type { AuditRun, Counted } from './run.ts';
import { Suspects } from './suspects.ts';

export type Counts = Readonly<Record<Counted, number>>;

export interface AuditOptions extends BooksOptions {
  /** How long what is under way may take. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  readonly pageSize?: number;
  /** How many findings are kept; all are counted. */
  readonly maxFindings?: number;
  /** With about how many documents there are. */
  readonly onProgress?: (counts: Counts, expected: number) => void;
  /** Told before the audit waits for this many differences to settle. */
  readonly onSettling?: (suspects: number) => void;
}

export interface AuditResult {
  readonly clean: boolean;
  readonly counts: Counts;
  readonly inFlight: {
    /** Orders that wait for inventory. */
    readonly waiting: number;
    /** Differences between order and decision that were gone, or moving, after the settlement bound. */
    readonly settled: number;
  };
  readonly findingCount: number;
  readonly findingsByKind: Readonly<Partial<Record<FindingKind, number>>>;
  /** The first ones. */
  readonly findings: readonly Finding[];
}

/** Reads the books of a live system from end to end, and changes nothing. */
export async function runAudit(options: AuditOptions): Promise<AuditResult> {
  await using books = await openBooks(options);
  const { settleMs, signal, pageSize = 1_000, maxFindings = 100 } = options;
  const findings = new Findings(maxFindings);
  const suspects = new Suspects({ books, findings, settleMs, signal });
  const counts: Record<Counted, number> = {
    ...{ products: 0, 'ledger rows': 0, orders: 0, decisions: 0, 'restock counters': 0 },
  };
  const expected = await sizeOf(books);
  const run: AuditRun = {
    ...{ findings, suspects, signal, settleMs, pageSize },
    count: (what, documents) => {
      counts[what] += documents;
      options.onProgress?.(counts, expected);
    },
  };
  const missing = await missingGuards(books);
  findings.add(...missing.map(missingIndex));
  const waiting = await auditOrders(books, run);
  if (!missing.includes('chain')) await auditLedger(books, run);
  await auditRestocks(books, run);
  if (missing.includes('keys')) for await (const finding of keysTwice(books)) findings.add(finding);
  if (suspects.waiting > 0) options.onSettling?.(suspects.waiting);
  await suspects.settle();
  return {
    clean: findings.total === 0,
    counts,
    inFlight: { waiting, settled: suspects.settled },
    findingCount: findings.total,
    findingsByKind: Object.fromEntries(findings.counts),
    findings: findings.kept,
  };
}

async function sizeOf({ products, movements, orders, decisions, counters }: Books): Promise<number> {
  const sizes = await Promise.all(
    [products, movements, orders, decisions, counters].map((collection) =>
      collection.estimatedDocumentCount(),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
