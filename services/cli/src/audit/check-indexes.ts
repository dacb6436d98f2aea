import type { IndexDescriptionInfo } from 'mongodb';
import type { Books } from './books.ts';
import type { Finding } from './finding.ts';

interface Guard {
  readonly collection: 'movements' | 'orders';
  readonly name: string;
  readonly key: Readonly<Record<string, number>>;
  /** What it keeps true. */
  readonly keeps: string;
}

const guards = {
  chain: {
    ...{ collection: 'movements', name: 'chain', key: { productId: 1, sequence: -1 } },
    keeps: 'one row for each product and sequence',
  },
  once: {
    ...{ collection: 'movements', name: 'once', key: { productId: 1, source: 1, kind: 1 } },
    keeps: 'one row for each product, source and kind',
  },
  keys: {
    ...{ collection: 'orders', name: 'once', key: { userId: 1, key: 1 } },
    keeps: 'one order for each idempotency key',
  },
} as const satisfies Readonly<Record<string, Guard>>;

export type GuardName = keyof typeof guards;

/** The unique indexes that are not there. A unique index that is there proves what it keeps for every document. */
export async function missingGuards(books: Books): Promise<GuardName[]> {
  const indexes = {
    movements: await books.movements.indexes(),
    orders: await books.orders.indexes(),
  };
  return (Object.keys(guards) as GuardName[]).filter(
    (name) => !indexes[guards[name].collection].some((index) => fits(index, guards[name])),
  );
}

/** By name too, since the walk asks for the index by it. */
const fits = (index: IndexDescriptionInfo, { name, key }: Guard): boolean =>
  index.unique === true && index.name === name && JSON.stringify(index.key) === JSON.stringify(key);

export function missingIndex(name: GuardName): Finding {
  const { collection, name: index, key, keeps } = guards[name];
  return {
    kind: 'index-missing',
    documents: [`${collection}/${index}`],
    expected: `a unique index on ${Object.keys(key).join(', ')}, which keeps ${keeps}`,
    found: name === 'chain' ? 'none; products and ledger rows were not walked' : 'none',
  };
}

/** Orders that share a key. Only asked without the index that forbids them, since the whole collection is grouped. */
export async function* keysTwice({ orders }: Books): AsyncGenerator<Finding> {
  const shared = orders.aggregate<{ readonly ids: readonly string[] }>(
    [
      { $group: { _id: { user: '$userId', key: '$key' }, ids: { $firstN: { input: '$_id', n: 10 } } } },
      { $match: { 'ids.1': { $exists: true } } },
    ],
    { allowDiskUse: true },
  );
  for await (const { ids } of shared) {
    yield {
      kind: 'order-key-twice',
      documents: ids.map((id) => `orders/${id}`),
      expected: 'one order for each idempotency key',
      found: `${ids.length === 10 ? 'at least ' : ''}${ids.length} with the same one`,
    };
  }
}
