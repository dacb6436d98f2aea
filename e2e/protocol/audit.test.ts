import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runAudit, type AuditResult } from '@tradewind/cli/audit';
import { eventually } from '../kit/eventually.ts';
import { orderOf, startTrading, tokenFor, type Trading } from '../kit/trading.ts';

let trading: Trading;

beforeAll(async () => {
  trading = await startTrading({ consumers: 2 });
});

afterAll(() => trading[Symbol.asyncDispose]());

const audit = (settleMs: number): Promise<AuditResult> =>
  runAudit({
    uri: inject('mongoUri'),
    inventoryDb: trading.inventoryDb.databaseName,
    orderDb: trading.orderDb.databaseName,
    settleMs,
    pageSize: 50,
    signal: new AbortController().signal,
  });

test('the books of a shop at work are right, whenever somebody looks', { timeout: 150_000 }, async () => {
  const { orders, product, stock, restocks, admin } = trading;
  const products = await Promise.all(Array.from({ length: 8 }, (_, index) => product(index * 100)));
  const token = await tokenFor('customer');
  const anyProduct = () => products[Math.floor(Math.random() * products.length)] ?? { id: '' };
  const end = new AbortController();

  const customers = Array.from({ length: 4 }, async () => {
    while (!end.signal.aborted) {
      const items = [anyProduct(), anyProduct()].flatMap((one) => orderOf(one, 1).items);
      const placed = await orders
        .createOrder({ ...orderOf(anyProduct(), 1), items }, { token })
        .catch(sayShort);
      // Some at once, so that the cancellation meets the decision.
      if (placed && Math.random() < 0.4) await orders.deleteOrder({ id: placed.id }, { token });
    }
  });
  const merchant = async () => {
    while (!end.signal.aborted) {
      await stock.adjustStock(
        {
          productId: anyProduct().id,
          change: { $case: 'delta', value: 20 },
          idempotencyKey: randomUUID(),
          reason: 'delivery',
        },
        { token: admin },
      );
    }
  };
  const controllers = async () => {
    const { id: productId } = await product(0);
    for (let value = 1; !end.signal.aborted; value += 1) {
      const trigger = { $case: 'number' as const, value };
      const change = { $case: 'delta' as const, value: 5 };
      const ask = {
        idempotencyKey: '',
        productId,
        change,
        reason: 'low',
        intent: { source: 'low', trigger },
      };
      await Promise.all([restocks.adjustStock(ask), restocks.adjustStock(ask)]);
    }
  };
  const work = Promise.all([...customers, merchant(), controllers()]);

  const results: AuditResult[] = [];
  do results.push(await audit(10_000));
  while ((results.at(-1)?.counts.orders ?? 0) < 500);
  end.abort();
  await work;

  expect(results.flatMap(({ findings }) => findings)).toEqual([]);
  expect(results.at(-1)?.counts['restock counters']).toBe(1);
  expect(results.some(({ inFlight }) => inFlight.waiting + inFlight.settled > 0)).toBe(true);
  const quiet = await eventually(async () => {
    const result = await audit(10_000);
    return result.inFlight.waiting + result.inFlight.settled === 0 && result;
  });
  expect(quiet).toMatchObject({ clean: true, counts: { orders: quiet.counts.decisions } });
});

test('a unit that is missing from the books of the services is found', async () => {
  const { id } = await trading.product(3);
  await trading.inventoryDb
    .collection<{ _id: string }>('products')
    .updateOne({ _id: id }, { $inc: { onHand: -1 } });
  expect(await audit(10_000)).toMatchObject({
    findingCount: 1,
    findings: [{ kind: 'chain-end', documents: [`products/${id}`] }],
  });
});

/** No stock is an answer; anything else is a failure of the test. */
function sayShort(error: unknown): undefined {
  expect(error).toMatchObject({ code: 'OUT_OF_STOCK' });
}
