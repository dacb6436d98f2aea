import type { Money } from '../api/types.ts';

/** A product that is ready to be imported: checked, within the platform's limits, its sku unique in the file. */
export interface CatalogueItem {
  readonly kind: 'item';
  readonly line: number;
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly price: Money;
  readonly attributes: Readonly<Record<string, string>>;
  /** Units; undefined where the file has no number. */
  readonly stock: number | undefined;
}
