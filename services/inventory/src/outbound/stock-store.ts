import { createHash } from 'node:crypto';
import type { ClientSession, MongoClient } from 'mongodb';
import { TradewindError } from '@tradewind/shared/errors';
import type { Decision } from '../domain/decision.ts';
import type { LedgerDraft } from '../domain/ledger.ts';
import type { RestockCounter } from '../domain/restock.ts';
import type { Movement } from '../domain/stock.ts';
import type { ChangeStockDeps } from '../usecases/change-stock.ts';
import type { DecideOrdersDeps } from '../usecases/decide-orders.ts';
import type { RestockDeps } from '../usecases/restock.ts';
import { movementId, type Collections, type CounterDocument, type DecisionDocument } from './collections.ts';
import { productLocks, type LockProducts, type ProductLocksOptions } from './product-locks.ts';
import { turns } from './turns.ts';

/** What stock changes work on, read in their transaction; they say what to write back. */
export type StockStore = ChangeStockDeps['store'] & DecideOrdersDeps['store'] & RestockDeps['store'];

export function stockStore(
  client: MongoClient,
  collections: Collections,
  options: ProductLocksOptions,
): StockStore {
  const { counters, decisions, keys, movements, products } = collections;
  const inTurn = turns();
  const onProducts = productLocks(client, products, options);

  async function writeLedger(ledger: LedgerDraft, session: ClientSession): Promise<void> {
    if (ledger.movements.length === 0) return;
    await movements.insertMany(
      ledger.movements.map((movement) => ({ _id: movementId(movement), ...movement })),
      { session },
    );
    const changes = ledger.changes();
    const result = await products.bulkWrite(
      changes.map(({ productId, expectedSequence, delta, rows }) => ({
        updateOne: {
          filter: { _id: productId, sequence: expectedSequence, onHand: { $gte: -delta } },
          update: { $inc: { onHand: delta, sequence: rows } },
        },
      })),
      { session, ordered: true },
    );
    if (result.matchedCount !== changes.length) {
      throw new Error(
        `${changes.length - result.matchedCount} products were not as the transaction read them`,
      );
    }
  }

  async function readMovements(ids: readonly string[], session: ClientSession): Promise<Movement[]> {
    const found = await movements.find({ _id: { $in: [...ids] } }, { session }).toArray();
    const byId = new Map(found.map(({ _id, ...movement }) => [_id, movement]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  return {
    async linesHeld(orderIds) {
      if (orderIds.length === 0) return new Map();
      const held = await decisions
        .aggregate<{ readonly _id: string; readonly lines: number }>(
          [
            { $match: { _id: { $in: [...orderIds] }, state: 'RESERVED' } },
            { $project: { lines: { $size: '$lines' } } },
          ],
          { batchSize: orderIds.length + 1 },
        )
        .toArray();
      return new Map(held.map(({ _id, lines }) => [_id, lines]));
    },

    decideOrders: (orderIds, plan) =>
      onProducts(async (session, lock) => {
        const found = await decisions
          .find({ _id: { $in: [...orderIds] } }, { session, batchSize: orderIds.length + 1 })
          .toArray();
        const known = new Map(found.map((document) => [document._id, toDecision(document)]));
        const planned = await plan(known, lock);
        const at = new Date();
        if (planned.decided.length > 0) {
          await decisions.insertMany(
            planned.decided.map(({ orderId, ...decision }) => ({ _id: orderId, ...decision, at })),
            { session },
          );
        }
        if (planned.released.length > 0) {
          const { matchedCount } = await decisions.updateMany(
            { _id: { $in: planned.released.map(({ orderId }) => orderId) }, state: 'RESERVED' },
            { $set: { state: 'RELEASED' } },
            { session },
          );
          if (matchedCount !== planned.released.length)
            throw new Error('a decision was not as the transaction read it');
        }
        await writeLedger(planned.ledger, session);
        return planned;
      }),

    bookOnce: ({ key, formerKey = key, body, productIds, at }, plan) => {
      const book = async (session: ClientSession, lock: LockProducts) => {
        const fingerprint = fingerprintOf(body);
        const known = await keys.find({ _id: { $in: [key, formerKey] } }, { session }).toArray();
        const first = known.find((one) => one.fingerprint === fingerprint);
        if (first) {
          return { movements: await readMovements(first.movementIds, session), onHand: first.onHand };
        }
        if (known.length > 0) {
          throw new TradewindError('IDEMPOTENCY_KEY_REUSED', 'this key was used for another stock change');
        }
        const ledger = plan(await lock(productIds));
        const onHand = ledger.level(productIds[0] ?? '')?.onHand ?? 0;
        const movementIds = ledger.movements.map(movementId);
        await keys.insertOne({ _id: key, fingerprint, movementIds, onHand, at }, { session });
        await writeLedger(ledger, session);
        return { movements: ledger.movements, onHand };
      };
      return inTurn(productIds, () => onProducts(book));
    },

    restock: (source, productId, plan) =>
      inTurn([productId], () =>
        onProducts(async (session, lock) => {
          const found = await counters.findOne({ _id: source }, { session });
          const planned = plan(found ? toCounter(found) : undefined, await lock([productId]));
          if (planned.outcome === 'ANSWERED' && planned.counter) {
            const { source: _id, ...counter } = planned.counter;
            await counters.replaceOne({ _id }, counter, { upsert: true, session });
            await writeLedger(planned.ledger, session);
          }
          return planned;
        }),
      ),

    restockCounters: async (sources) =>
      (await counters.find({ _id: { $in: [...sources] } }).toArray()).map(toCounter),
  };
}

/** The version says how it was made, so that a later release can compare older ones. */
const fingerprintOf = (body: unknown): string =>
  `v1:${createHash('sha256').update(JSON.stringify(body)).digest('base64url')}`;

const toDecision = ({ _id: orderId, state, lines, shortages, reason }: DecisionDocument): Decision => ({
  orderId,
  state,
  lines,
  shortages,
  reason,
});

const toCounter = ({ _id: source, ...counter }: CounterDocument): RestockCounter => ({ source, ...counter });
