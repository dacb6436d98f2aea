import type { ClientSession } from 'mongodb';
import type { Level } from '../domain/stock.ts';
import type { Collections } from './collections.ts';

/** The levels of those products that are there, in one round trip; their descriptions may be long, and stay where they are. */
export async function readLevels(
  products: Collections['products'],
  ids: readonly string[],
  options: { readonly session?: ClientSession } = {},
): Promise<ReadonlyMap<string, Level>> {
  const found = await products
    .find(
      { _id: { $in: [...ids] } },
      { ...options, projection: { onHand: 1, sequence: 1, archived: 1 }, batchSize: ids.length + 1 },
    )
    .toArray();
  return new Map(found.map(({ _id, ...level }) => [_id, level]));
}
