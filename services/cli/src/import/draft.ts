import type { Money } from '../api/types.ts';

export interface ProductOption {
  readonly name: string;
  readonly value: string;
}

/** One sellable variant as a file tells it: texts, nothing checked yet. An empty text means "the file has none". */
export interface Draft {
  readonly kind: 'draft';
  /** The line of the file where it begins. */
  readonly line: number;
  /** The file's own key of the product that this is a variant of. */
  readonly handle: string;
  readonly sku: string;
  readonly title: string;
  readonly options: readonly ProductOption[];
  readonly description: string;
  readonly category: string;
  readonly price: string | Money;
  readonly currency: string;
  readonly stock: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Something to tell about a line: it failed, it was left out on purpose, or it was imported with a change. */
export interface Note {
  readonly kind: 'error' | 'skipped' | 'warning';
  readonly line: number;
  readonly message: string;
}

export type Drafts = AsyncGenerator<Draft | Note>;
