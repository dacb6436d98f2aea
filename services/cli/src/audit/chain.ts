import type { ProductRecord, RowRecord } from './documents.ts';
import type { Finding } from './finding.ts';

/**
 * Follows one product's ledger rows in their order. A chain that broke is named where it broke and followed from there,
 * so that one wrong row is one finding and not as many as rows come after it.
 */
export class Chain {
  readonly productId: string;
  #sequence = 0;
  #balance = 0;
  #unbalanced = false;
  #negative = false;

  constructor(productId: string) {
    this.productId = productId;
  }

  follow(row: RowRecord): Finding[] {
    const documents = [`products/${this.productId}`, `movements/${row._id}`];
    const findings: Finding[] = [];
    const gap = row.sequence !== this.#sequence + 1;
    const balance = this.#balance + row.quantity;
    if (gap) {
      const expected = `sequence ${this.#sequence + 1}`;
      findings.push({ kind: 'chain-gap', documents, expected, found: `sequence ${row.sequence}` });
    } else if (row.balance !== balance && !this.#unbalanced) {
      this.#unbalanced = true;
      const found = `balance ${row.balance}`;
      findings.push({ kind: 'chain-balance', documents, expected: `balance ${balance}`, found });
    }
    if (row.balance < 0 && !this.#negative) {
      this.#negative = true;
      const found = `balance ${row.balance}`;
      findings.push({ kind: 'chain-negative', documents, expected: 'balance 0 or more', found });
    }
    this.#sequence = row.sequence;
    this.#balance = row.balance;
    return findings;
  }

  /** @param product as it is in the snapshot that had no more rows of it */
  end(product: ProductRecord | undefined): Finding[] {
    if (!product) {
      const documents = [`products/${this.productId}`];
      return [{ kind: 'row-without-product', documents, expected: 'a product', found: this.#end() }];
    }
    if (product.sequence === this.#sequence && product.onHand === this.#balance) return [];
    return [
      {
        kind: 'chain-end',
        documents: [`products/${product._id}`],
        expected: `sequence ${this.#sequence} and ${this.#balance} on hand, by its last row`,
        found: `sequence ${product.sequence} and ${product.onHand} on hand`,
      },
    ];
  }

  #end(): string {
    return `rows up to sequence ${this.#sequence}, balance ${this.#balance}`;
  }
}
