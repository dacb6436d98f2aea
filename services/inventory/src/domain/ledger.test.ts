import { expect, test } from 'vitest';
import { LedgerDraft } from './ledger.ts';
import { maxOnHand } from './stock.ts';

const draft = (onHand: number) =>
  new LedgerDraft(
    new Map([['p', { productId: 'p', onHand, sequence: 1, archived: false }]]),
    new Date('2026-01-01'),
  );
const booking = { productId: 'p', source: 's', reason: '' } as const;

test('what was sold comes back to a product that was stocked up to the most meanwhile', () => {
  const ledger = draft(maxOnHand);
  expect(() => ledger.book({ ...booking, kind: 'ADJUSTMENT', quantity: 1 })).toThrow('cannot exceed');
  expect(ledger.book({ ...booking, kind: 'RELEASE', quantity: 3 }).balance).toBe(maxOnHand + 3);
  expect(ledger.book({ ...booking, kind: 'ADJUSTMENT', quantity: -1 }).balance).toBe(maxOnHand + 2);
});
