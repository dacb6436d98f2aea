import type { Note } from './draft.ts';
import type { ImportedItem } from './import-item.ts';

export class ImportSummary {
  /** Read and found good by a dry run. */
  checked = 0;
  created = 0;
  updated = 0;
  unchanged = 0;
  failed = 0;
  skipped = 0;
  warnings = 0;
  stockMovements = 0;

  get rows(): number {
    return this.checked + this.created + this.updated + this.unchanged + this.failed + this.skipped;
  }

  countItem({ product, stockMoved }: ImportedItem): void {
    this[product] += 1;
    if (stockMoved) this.stockMovements += 1;
  }

  countNote({ kind }: Note): void {
    if (kind === 'error') this.failed += 1;
    else if (kind === 'skipped') this.skipped += 1;
    else this.warnings += 1;
  }
}

export function describeSummary(summary: ImportSummary, seconds: number): string {
  const { checked, created, updated, unchanged, skipped, failed, warnings, stockMovements } = summary;
  const parts = [
    ...(checked > 0
      ? [`${checked} good`]
      : [
          `${created} created`,
          `${updated} updated`,
          `${unchanged} unchanged`,
          `${stockMovements} stock movements`,
        ]),
    ...(skipped > 0 ? [`${skipped} left out`] : []),
    `${failed} failed`,
    `${warnings} warnings`,
  ];
  return `${parts.join(', ')} in ${seconds.toFixed(1)} s`;
}
