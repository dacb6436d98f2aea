import type { Finding } from './finding.ts';
import { documentsOf } from './progress.ts';
import type { AuditResult } from './run-audit.ts';

/** The lines that a person reads: what was looked at, what is under way, and what is wrong. */
export function describeAudit(result: AuditResult, seconds: number): string[] {
  const { counts, inFlight, findings, findingCount } = result;
  const looked = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  const rate = Math.round(documentsOf(counts) / Math.max(seconds, 0.001));
  const kinds = Object.entries(result.findingsByKind).map(([kind, count]) => `${kind} ${count}`);
  return [
    ...findings.flatMap(describeFinding),
    ...(findingCount > findings.length ? [`… and ${findingCount - findings.length} more`] : []),
    `audited  ${looked.join(', ')} in ${seconds.toFixed(1)} s (${rate}/s)`,
    `in flight  ${inFlight.waiting} orders wait for inventory, ${inFlight.settled} differences settled`,
    result.clean ? 'The books are right.' : `${findingCount} findings: ${kinds.join(', ')}`,
  ];
}

const describeFinding = ({ kind, documents, expected, found }: Finding): string[] => [
  `${kind}  ${documents.join('  ')}`,
  `    expected  ${expected}`,
  `    found     ${found}`,
];
