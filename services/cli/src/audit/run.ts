import type { Findings } from './finding.ts';
import type { Suspects } from './suspects.ts';

export type Counted = 'products' | 'ledger rows' | 'orders' | 'decisions' | 'restock counters';

/** What the parts of one audit share. */
export interface AuditRun {
  readonly findings: Findings;
  readonly suspects: Suspects;
  readonly signal: AbortSignal;
  /** How long what is under way may take. */
  readonly settleMs: number;
  /** Documents of a kind in memory at a time. */
  readonly pageSize: number;
  readonly count: (what: Counted, documents: number) => void;
}
