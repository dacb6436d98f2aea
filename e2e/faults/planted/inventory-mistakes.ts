import type { Decision } from '@tradewind/inventory/parts/domain/decision.ts';
import { movementId } from '@tradewind/inventory/parts/outbound/collections.ts';
import { stockStore } from '@tradewind/inventory/parts/outbound/stock-store.ts';
import { decideOrders } from '@tradewind/inventory/parts/usecases/decide-orders.ts';
import { consumerFrom } from './consumer-root.ts';

/** Stock is read, changed and written back, with nothing that keeps others out meanwhile. */
export const withoutGuard = consumerFrom({
  stockStore: (client, collections, options) => ({
    ...stockStore(client, collections, options),
    async decideOrders(orderIds, plan) {
      const { decisions, movements, products } = collections;
      const found = await decisions.find({ _id: { $in: [...orderIds] } }).toArray();
      const known = new Map(
        found.map((decision): [string, Decision] => [decision._id, { orderId: decision._id, ...decision }]),
      );
      const planned = await plan(known, async (ids) => {
        const levels = await products.find({ _id: { $in: [...ids] } }).toArray();
        return new Map(levels.map((level) => [level._id, level]));
      });
      for (const { orderId, ...decision } of [...planned.decided, ...planned.released]) {
        await decisions.replaceOne({ _id: orderId }, { ...decision, at: new Date() }, { upsert: true });
      }
      for (const row of planned.ledger.movements) {
        await movements.replaceOne({ _id: movementId(row) }, row, { upsert: true });
        const { productId: _id, balance: onHand, sequence } = row;
        await products.updateOne({ _id }, { $set: { onHand, sequence } });
      }
      return planned;
    },
  }),
});

/** A cancellation that finds nothing reserved is kept apart from decisions, where deciding does not look. */
export const withTwoKeys = consumerFrom({
  decideOrders: (deps, db) => {
    const decide = decideOrders(deps);
    const cancellations = db.collection<{ _id: string }>('cancellations');
    return async (commands) => {
      const releases = commands.filter(({ kind }) => kind === 'release');
      const held = await deps.store.linesHeld(releases.map(({ orderId }) => orderId));
      await decide(releases.filter(({ orderId }) => held.has(orderId)));
      for (const { orderId } of releases.filter((release) => !held.has(release.orderId))) {
        await cancellations.replaceOne({ _id: orderId }, {}, { upsert: true });
        await deps.answer([{ orderId, state: 'CANCELLED', lines: [], shortages: [], reason: '' }]);
      }
      await decide(commands.filter(({ kind }) => kind === 'reserve'));
    };
  },
});

/** The handler is through before its transaction is. */
export const acknowledgingBeforeCommit = consumerFrom({
  decideOrders: (deps) => {
    const decide = decideOrders(deps);
    let last = Promise.resolve();
    return (commands) => {
      last = last.then(() => decide(commands)).catch(() => undefined);
      return Promise.resolve();
    };
  },
});
