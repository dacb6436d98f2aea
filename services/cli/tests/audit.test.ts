import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { findingKinds, type FindingKind } from '../src/audit/finding.ts';
import { runAudit, type AuditOptions, type AuditResult } from '../src/audit/run-audit.ts';
import { readEnvironment } from '../src/config.ts';
import { run } from '../src/run.ts';
import { item, line, openTestBooks, order, owing, type Fields, type TestBooks } from './support/books.ts';

const settleMs = 50;
const nobody = Object.assign(new URL(inject('mongoUri')), { username: 'nobody', password: 'wrong' });
let books: TestBooks;

beforeAll(async () => {
  books = await openTestBooks(inject('mongoUri'));
});

afterAll(() => books[Symbol.asyncDispose]());

beforeEach(() => books.reset());

const audit = (options: Partial<AuditOptions> = {}): Promise<AuditResult> =>
  runAudit({ ...books, settleMs, signal: new AbortController().signal, ...options });

type Breakage = readonly [
  what: string,
  act: () => Promise<unknown>,
  ...findings: (readonly [kind: FindingKind, ...documents: string[]])[],
];

const set = (
  name: 'products' | 'movements' | 'decisions' | 'counters' | 'orders',
  _id: string,
  fields: Readonly<Record<string, unknown>>,
) => books[name].updateOne({ _id }, { $set: fields });

const insertRow = (row: Omit<Fields, '_id'> & { readonly productId: string; readonly sequence: number }) =>
  books.movements.insertOne({ _id: `${row.productId}:${row.sequence}`, ...row });

/** Adds a row behind a chain, with the product as it belongs to it. */
const appendTo =
  (productId: string, onHand: number) =>
  async (row: Omit<Fields, '_id'> & { readonly quantity: number }): Promise<void> => {
    const balance = onHand + row.quantity;
    await insertRow({ productId, sequence: 4, balance, ...row });
    await set('products', productId, { sequence: 4, onHand: balance });
  };
const appendToPlum = appendTo('plum', 5);
const appendToFig = appendTo('fig', 17);

const past = new Date('2026-01-01T00:00:00Z');

const ledger: readonly Breakage[] = [
  [
    'a row is missing in the middle of a chain',
    () => books.movements.deleteOne({ _id: 'pear:4' }),
    ['chain-gap', 'products/pear', 'movements/pear:5'],
  ],
  [
    'the first row of a chain is missing',
    () => books.movements.deleteOne({ _id: 'plum:1' }),
    ['chain-gap', 'products/plum', 'movements/plum:2'],
  ],
  [
    'a balance is not the sum of the rows',
    () => set('movements', 'pear:4', { balance: 60 }),
    ['chain-balance', 'products/pear', 'movements/pear:4'],
  ],
  [
    'a row was changed after it was booked',
    () => set('movements', 'pear:4', { quantity: 7 }),
    ['chain-balance', 'products/pear', 'movements/pear:4'],
  ],
  [
    'a balance is below zero',
    () => appendToPlum({ kind: 'DECREASE', source: 'x', quantity: -6 }),
    ['chain-negative', 'products/plum', 'movements/plum:4'],
  ],
  [
    'a product has more on hand than its last row says',
    () => set('products', 'pear', { onHand: 9 }),
    ['chain-end', 'products/pear'],
  ],
  [
    'a product counts more rows than there are',
    () => set('products', 'pear', { sequence: 7 }),
    ['chain-end', 'products/pear'],
  ],
  [
    'a product without rows has stock',
    () => set('products', 'quince', { onHand: 1 }),
    ['chain-end', 'products/quince'],
  ],
  [
    'the product of a chain is gone',
    () => books.products.deleteOne({ _id: 'plum' }),
    ['row-without-product', 'products/plum'],
  ],
  [
    'readers are not told of a product',
    () => set('products', 'pear', { tellAt: past }),
    ['telling-stuck', 'products/pear'],
  ],
];

const decided: readonly Breakage[] = [
  [
    'stock moved for an order that was never decided',
    () => appendToPlum({ kind: 'ORDER', source: 'pending', quantity: -1 }),
    ['row-without-decision', 'movements/plum:4', 'decisions/pending'],
  ],
  [
    'stock moved for an order that was rejected',
    () => appendToPlum({ kind: 'ORDER', source: 'rejected', quantity: -1 }),
    ['row-against-decision', 'movements/plum:4', 'decisions/rejected'],
  ],
  [
    'stock came back for an order that still holds it',
    () => appendToPlum({ kind: 'RELEASE', source: 'confirmed', quantity: 2 }),
    ['row-against-decision', 'movements/plum:4', 'decisions/confirmed'],
  ],
  [
    'a row has another quantity than the decision',
    async () => {
      await set('movements', 'pear:6', { quantity: -3, balance: 6 });
      await set('products', 'pear', { onHand: 6 });
    },
    ['row-against-decision', 'movements/pear:6', 'decisions/completed'],
  ],
  [
    'a reserved order has no row',
    async () => {
      await books.movements.deleteOne({ _id: 'pear:6' });
      await set('products', 'pear', { onHand: 9, sequence: 5 });
    },
    ['decision-without-row', 'decisions/completed'],
  ],
  [
    'the units of a released order did not come back',
    async () => {
      await books.movements.deleteOne({ _id: 'plum:3' });
      await set('products', 'plum', { onHand: 0, sequence: 2 });
    },
    ['decision-without-row', 'decisions/released'],
  ],
];

const restocked: readonly Breakage[] = [
  [
    'the counter of a source is gone',
    () => books.counters.deleteOne({ _id: 'controller/low' }),
    ['row-without-counter', 'movements/fig:1', 'restock_counters/controller/low'],
    ['row-without-counter', 'movements/fig:3', 'restock_counters/controller/low'],
  ],
  [
    'stock rose for a source that counted nothing',
    () => appendToPlum({ kind: 'RESTOCK', source: 'controller/new#1', quantity: 5 }),
    ['row-without-counter', 'movements/plum:4', 'restock_counters/controller/new'],
  ],
  [
    'a counter does not know its last restock, as one from an old backup',
    () =>
      set('counters', 'controller/low', {
        restocks: 1,
        triggers: 1,
        units: 5,
        lastMovement: { sequence: 1 },
      }),
    ['row-against-counter', 'movements/fig:3', 'restock_counters/controller/low'],
    ['counter-against-rows', 'restock_counters/controller/low', 'products/fig'],
  ],
  [
    'stock rose for a trigger that was not answered',
    () => appendToFig({ kind: 'RESTOCK', source: 'controller/low#3', quantity: 5 }),
    ['row-against-counter', 'movements/fig:4', 'restock_counters/controller/low'],
    ['counter-against-rows', 'restock_counters/controller/low', 'products/fig'],
  ],
  [
    'a restock does not say which trigger it answers',
    () => appendToFig({ kind: 'RESTOCK', source: 'controller/low', quantity: 5 }),
    ['row-against-counter', 'movements/fig:4', 'restock_counters/controller/low'],
  ],
  [
    'the stock of another product rose',
    () => appendToPlum({ kind: 'RESTOCK', source: 'controller/low#2', quantity: 5 }),
    ['row-against-counter', 'movements/plum:4', 'restock_counters/controller/low'],
  ],
  [
    'a counter has another product than its rows',
    () => set('counters', 'controller/low#1', { productId: 'pear' }),
    ['row-against-counter', 'movements/fig:2', 'restock_counters/controller/low#1'],
    ['counter-against-rows', 'restock_counters/controller/low#1', 'products/pear'],
  ],
  [
    'a restock has another quantity than its source adds',
    async () => {
      await set('movements', 'fig:3', { quantity: 6, balance: 18 });
      await set('products', 'fig', { onHand: 18 });
    },
    ['row-against-counter', 'movements/fig:3', 'restock_counters/controller/low'],
    ['counter-against-rows', 'restock_counters/controller/low', 'products/fig'],
  ],
  [
    'a fill went beyond its level',
    async () => {
      await appendToFig({ kind: 'RESTOCK', source: 'controller/low#1#1', quantity: 4 });
      await set('counters', 'controller/low#1', { restocks: 2, units: 11, lastMovement: { sequence: 4 } });
    },
    ['row-against-counter', 'movements/fig:4', 'restock_counters/controller/low#1'],
  ],
  [
    'a fill took units away',
    async () => {
      await appendToFig({ kind: 'RESTOCK', source: 'controller/low#1#1', quantity: -4 });
      await set('counters', 'controller/low#1', { restocks: 2, units: 3, lastMovement: { sequence: 4 } });
    },
    ['row-against-counter', 'movements/fig:4', 'restock_counters/controller/low#1'],
  ],
  [
    'the last restock was lost from the ledger',
    async () => {
      await books.movements.deleteOne({ _id: 'fig:3' });
      await set('products', 'fig', { onHand: 12, sequence: 2 });
    },
    ['counter-against-rows', 'restock_counters/controller/low', 'products/fig'],
  ],
  ...[{ restocks: 3 }, { units: 11 }, { lastMovement: { sequence: 1 } }].map((wrong): Breakage => [
    `a counter says ${JSON.stringify(wrong)}`,
    () => set('counters', 'controller/low', wrong),
    ['counter-against-rows', 'restock_counters/controller/low', 'products/fig'],
  ]),
  [
    'a counter says that a restock was, where none was',
    () => set('counters', 'controller/full', { restocks: 1, units: 5, lastMovement: { sequence: 3 } }),
    ['counter-against-rows', 'restock_counters/controller/full', 'products/plum'],
  ],
];

const across: readonly Breakage[] = [
  [
    'an accepted order is gone',
    () => books.orders.deleteOne({ _id: 'confirmed' }),
    ['decision-without-order', 'decisions/confirmed'],
  ],
  [
    'the decision of a confirmed order is gone',
    () => books.decisions.deleteOne({ _id: 'confirmed' }),
    ['order-without-decision', 'orders/confirmed'],
    ['row-without-decision', 'movements/pear:2', 'decisions/confirmed'],
  ],
  [
    'a confirmed order was rejected',
    async () => {
      const lines = [line('quince', 1)];
      await books.decisions.insertOne({ _id: 'wrong', state: 'REJECTED', lines, reason: '' });
      await books.orders.insertOne(order('wrong', 'PLACED CONFIRMED', 'CONFIRMED', [item('quince', 1)]));
    },
    ['order-against-decision', 'orders/wrong', 'decisions/wrong'],
  ],
  [
    'a decision never reached its order',
    () =>
      books.decisions.insertOne({ _id: 'pending', state: 'REJECTED', lines: [line('pear', 1)], reason: '' }),
    ['order-against-decision', 'orders/pending', 'decisions/pending'],
  ],
  [
    'a cancelled order still holds its units, and asks nobody for their return',
    async () => {
      await set(
        'orders',
        'completed',
        order('completed', 'PLACED CONFIRMED CANCELLED', 'CANCELLED', [item('pear', 1)]),
      );
    },
    ['order-against-decision', 'orders/completed', 'decisions/completed'],
  ],
  [
    'a cancellation was never noted by inventory',
    () => books.decisions.deleteOne({ _id: 'early' }),
    ['order-without-decision', 'orders/early'],
  ],
  [
    'the lines of the order are not those of the decision',
    () => set('orders', 'confirmed', { items: [item('pear', 3)], total: { currency: 'EUR', amount: 750 } }),
    ['order-lines', 'orders/confirmed', 'decisions/confirmed'],
  ],
];

const single: readonly Breakage[] = [
  [
    'the state is not where the log leads',
    () => set('orders', 'confirmed', { actions: [{ action: 'PLACED' }] }),
    ['order-log', 'orders/confirmed'],
  ],
  [
    'the log has a step that the states forbid',
    () => set('orders', 'early', { 'actions.1.action': 'COMPLETED' }),
    ['order-log', 'orders/early'],
  ],
  [
    'the total is not the sum of the items',
    () => set('orders', 'completed', { 'total.amount': 251 }),
    ['order-total', 'orders/completed'],
  ],
  [
    'a pending order asks nobody',
    () => books.orders.updateOne({ _id: 'pending' }, { $set: { owed: [] }, $unset: { owedAt: '' } }),
    ['order-not-asked', 'orders/pending'],
  ],
  [
    'a demand is not answered',
    () => set('orders', 'pending', owing('order.created', past)),
    ['event-stuck', 'orders/pending', 'event/order.created event'],
  ],
  [
    'an owed event is never tried again',
    () => books.orders.updateOne({ _id: 'pending' }, { $unset: { owedAt: '' } }),
    ['event-stuck', 'orders/pending', 'event/order.created event'],
  ],
  [
    'two orders share an idempotency key',
    async () => {
      await books.orders.dropIndex('once');
      await set('orders', 'early', { key: 'rejected' });
    },
    ['index-missing', 'orders/once'],
    ['order-key-twice', 'orders/early', 'orders/rejected'],
  ],
  [
    'the index is gone that orders a chain',
    () => books.movements.dropIndex('chain'),
    ['index-missing', 'movements/chain'],
  ],
  [
    'the index is gone that books a source once',
    () => books.movements.dropIndex('once'),
    ['index-missing', 'movements/once'],
  ],
];

describe('tradewind audit', () => {
  it.each([1, 2, 3, 4, 7, 100])('finds right books right, in pages of %i', async (pageSize) => {
    expect(await audit({ pageSize })).toEqual({
      clean: true,
      counts: { products: 4, 'ledger rows': 12, orders: 7, decisions: 6, 'restock counters': 3 },
      inFlight: { waiting: 1, settled: 0 },
      findingCount: 0,
      findingsByKind: {},
      findings: [],
    });
  });

  describe.each([
    ['the ledger', ledger],
    ['decisions and the ledger', decided],
    ['counters of restocks and the ledger', restocked],
    ['orders and decisions', across],
    ['orders by themselves', single],
  ])('on %s, names the documents when', (_, breakages) => {
    it.for(breakages)('%s', async ([, act, ...expected]) => {
      await act();
      for (const pageSize of [1, 100]) {
        const { clean, findings } = await audit({ pageSize });
        expect(clean).toBe(false);
        const found = findings.map(({ kind, documents }) => [kind, ...documents.toSorted()]);
        expect(found.toSorted()).toEqual(
          expected.map(([kind, ...documents]) => [kind, ...documents.toSorted()]).toSorted(),
        );
      }
    });
  });

  it('has been seen to find everything that it can name', () => {
    const named = [...ledger, ...decided, ...restocked, ...across, ...single].flatMap(([, , ...findings]) =>
      findings.map(([kind]) => kind),
    );
    expect(new Set(named)).toEqual(new Set(findingKinds));
  });

  it('leaves a cancellation that inventory is still asked about to settle', async () => {
    await set('orders', 'completed', {
      ...order('completed', 'PLACED CONFIRMED CANCELLED', 'CANCELLED', [item('pear', 1)]),
      ...owing('order.cancelled'),
    });
    expect(await audit()).toMatchObject({ clean: true, inFlight: { waiting: 2 } });
  });

  it('finds nothing where a difference settles within the bound', async () => {
    const lines = [line('pear', 1)];
    await books.decisions.insertOne({ _id: 'pending', state: 'REJECTED', lines, reason: '' });
    const settled = order('pending', 'PLACED REJECTED', 'CANCELLED', [item('pear', 1)]);
    const result = await audit({
      settleMs: 500,
      onSettling: () => void set('orders', 'pending', settled),
    });
    expect(result).toMatchObject({ clean: true, inFlight: { waiting: 0, settled: 1 } });
  });

  it('keeps the first findings and counts all', async () => {
    await books.orders.updateMany({}, { $set: { 'total.amount': 1 } });
    const result = await audit({ maxFindings: 2 });
    expect(result).toMatchObject({ findingCount: 7, findingsByKind: { 'order-total': 7 } });
    expect(result.findings).toHaveLength(2);
  });
});

describe('the command', () => {
  it('exits with 0, and says what it looked at, when the books are right', async () => {
    expect(await runCli()).toEqual({
      exitCode: 0,
      lines: [
        expect.stringMatching(
          /^audited {2}4 products, 12 ledger rows, 7 orders, 6 decisions, 3 restock counters in \S+ s/,
        ),
        'in flight  1 orders wait for inventory, 0 differences settled',
        'The books are right.',
      ],
    });
  });

  it('exits with 1, and names what is wrong', async () => {
    await set('products', 'pear', { onHand: 9 });
    const { exitCode, lines } = await runCli();
    expect(exitCode).toBe(1);
    expect(lines.slice(0, 3)).toEqual([
      'chain-end  products/pear',
      '    expected  sequence 6 and 8 on hand, by its last row',
      '    found     sequence 6 and 9 on hand',
    ]);
    expect(lines.at(-1)).toBe('1 findings: chain-end 1');
  });

  it('prints one JSON object when asked', async () => {
    const { lines } = await runCli('--json');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ clean: true, counts: { products: 4 } });
  });

  it.each([
    ['the database does not answer', '--mongo', 'mongodb://127.0.0.1:9/?replicaSet=rs0'],
    ['the URI is none', '--mongo', 'postgres://127.0.0.1'],
    ['the user may not log in', '--mongo', nobody.href],
    ['the database refuses what is asked', '--order-db', 'x'.repeat(64)],
    ['the name is that of no database', '--order-db', 'a.b'],
    ['the database is not one of Tradewind', '--order-db', 'somebody_elses'],
    ['the bound is no number', '--settle-ms', 'soon'],
  ])('exits with 2 when %s', async (_, ...args) => {
    expect(await runCli(...args)).toMatchObject({ exitCode: 2 });
  });
});

async function runCli(
  ...args: string[]
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const { uri, inventoryDb, orderDb } = books;
  const names = ['--mongo', uri, '--inventory-db', inventoryDb, '--order-db', orderDb, '--settle-ms', '50'];
  const exitCode = await run(['audit', ...names, ...args], {
    environment: readEnvironment({}),
    signal: new AbortController().signal,
    stdin: process.stdin,
    print: (text) => lines.push(text),
    warn: (text) => lines.push(text),
    exitCode: 0,
  });
  return { exitCode, lines };
}
