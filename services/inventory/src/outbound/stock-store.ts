import { createHash } from 'node:crypto';
import type { ClientSession, MongoClient } from 'mongodb';
import { TradewindError } from '@tradewind/shared/errors';
import { transact } from '@tradewind/shared/mongo';
import type { Decision, DecisionPlan } from '../domain/decision.ts';
import type { LedgerDraft } from '../domain/ledger.ts';
import type { Level, Movement } from '../domain/stock.ts';
import type { Collections, DecisionDocument } from './collections.ts';

/** How long after a commit the sweeper tells readers of it, unless the process that committed did. */
export const tellWithinMs = 30_000;

/** What a stock change works on, read in its transaction; it is given what to write back. */
export interface StockStore {
  /** Decides orders: reads, plans and writes in one transaction. Runs `plan` again when another transaction was first. */
  decideOrders: (
    orderIds: readonly string[],
    productIds: readonly string[],
    plan: (decisions: ReadonlyMap<string, Decision>, levels: ReadonlyMap<string, Level>) => DecisionPlan,
  ) => Promise<DecisionPlan>;
  /**
   * Books movements once under a caller's key; a repeat gets what the first one did.
   * @throws TradewindError IDEMPOTENCY_KEY_REUSED when the body differs
   */
  bookOnce: (
    command: {
      readonly key: string;
      readonly body: unknown;
      readonly productIds: readonly string[];
      readonly at: Date;
    },
    plan: (levels: ReadonlyMap<string, Level>) => LedgerDraft,
  ) => Promise<{ readonly movements: readonly Movement[]; readonly onHand: number }>;
}

export function stockStore(client: MongoClient, collections: Collections): StockStore {
  const { decisions, keys, movements, products } = collections;

  async function readLevels(ids: readonly string[], session: ClientSession): Promise<Map<string, Level>> {
    if (ids.length === 0) return new Map();
    const found = await products
      .find({ _id: { $in: [...ids] } }, { session, projection: { onHand: 1, sequence: 1, archived: 1 } })
      .toArray();
    return new Map(found.map(({ _id, ...level }) => [_id, level]));
  }

  async function writeLedger(ledger: LedgerDraft, session: ClientSession): Promise<void> {
    if (ledger.movements.length === 0) return;
    await movements.insertMany(
      ledger.movements.map((movement) => ({ _id: movementId(movement), ...movement })),
      { session },
    );
    const tellAt = new Date(Date.now() + tellWithinMs);
    const changes = ledger.changes();
    const result = await products.bulkWrite(
      changes.map(({ productId, expectedSequence, delta, rows }) => ({
        updateOne: {
          filter: { _id: productId, sequence: expectedSequence, onHand: { $gte: -delta } },
          update: { $inc: { onHand: delta, sequence: rows }, $set: { tellAt } },
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

  return {
    decideOrders: (orderIds, productIds, plan) =>
      transact(client, async (session) => {
        const found = await decisions.find({ _id: { $in: [...orderIds] } }, { session }).toArray();
        const known = new Map(found.map((document) => [document._id, toDecision(document)]));
        const held = [...known.values()]
          .filter(({ state }) => state === 'RESERVED')
          .flatMap(({ lines }) => lines);
        const ids = new Set([...productIds, ...held.map(({ productId }) => productId)]);
        const planned = plan(known, await readLevels([...ids], session));
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

    bookOnce: ({ key, body, productIds, at }, plan) =>
      transact(client, async (session) => {
        const fingerprint = createHash('sha256').update(JSON.stringify(body)).digest('base64url');
        const first = await keys.findOne({ _id: key }, { session });
        if (first) {
          if (first.fingerprint !== fingerprint) {
            throw new TradewindError('IDEMPOTENCY_KEY_REUSED', 'this key was used for another stock change');
          }
          const rows = await movements.find({ _id: { $in: [...first.movementIds] } }, { session }).toArray();
          return { movements: rows, onHand: first.onHand };
        }
        const ledger = plan(await readLevels(productIds, session));
        const onHand = ledger.level(productIds[0] ?? '')?.onHand ?? 0;
        const movementIds = ledger.movements.map(movementId);
        await keys.insertOne({ _id: key, fingerprint, movementIds, onHand, at }, { session });
        await writeLedger(ledger, session);
        return { movements: ledger.movements, onHand };
      }),
  };
}

export const movementId = ({ productId, sequence }: Movement): string => `${productId}:${sequence}`;

const toDecision = ({ _id: orderId, state, lines, shortages, reason }: DecisionDocument): Decision => ({
  orderId,
  state,
  lines,
  shortages,
  reason,
});
