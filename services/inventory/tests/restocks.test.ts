import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  AdjustStockRequest,
  AdjustStockResponse,
  RestockIntent,
} from '@tradewind/proto/inventory/v1/inventory';
import { admin, as, startInventoryApp, type InventoryApp, type StockClient } from './inventory-app.ts';

let app: InventoryApp;
let controller: StockClient;
beforeAll(async () => {
  app = await startInventoryApp();
  controller = app.stockFor('restock-controller');
});
afterAll(() => app[Symbol.asyncDispose]());

type Change = NonNullable<AdjustStockRequest['change']>;
type Trigger = NonNullable<RestockIntent['trigger']>;
interface Ask extends Partial<Omit<RestockIntent, 'trigger'>> {
  readonly productId: string;
  readonly change?: Change;
  readonly trigger?: Trigger;
}

let sources = 0;
const newSource = () => `uid:${(sources += 1)}`;
const once: Trigger = { $case: 'once', value: {} };
const at = (time: string): Trigger => ({ $case: 'instant', value: new Date(`2026-03-01T${time}Z`) });
const nth = (value: number): Trigger => ({ $case: 'number', value });
const by = (value: number): Change => ({ $case: 'delta', value });
const upTo = (value: number): Change => ({ $case: 'upTo', value });

const request = ({ productId, change = by(10), ...intent }: Ask): AdjustStockRequest => ({
  ...{ idempotencyKey: '', productId, change, reason: 'spring delivery' },
  intent: {
    ...{ source: newSource(), trigger: once },
    ...{ onlyIfBelow: undefined, maxRestocks: undefined, maxUnits: undefined },
    ...intent,
  },
});
const restock = (ask: Ask) => controller.adjustStock(request(ask));
const adjust = (productId: string, change: Change) =>
  app.stock.adjustStock(
    {
      ...{ idempotencyKey: `sale ${(sources += 1)}`, productId, change, reason: '' },
      intent: undefined,
    },
    admin,
  );
const counterOf = async (source: string) =>
  (await controller.getRestockCounters({ sources: [source] })).counters[0];
const rowsOf = (productId: string) =>
  app.collections.movements.find({ productId }).sort({ sequence: 1 }).toArray();
const onHand = async (id: string) => (await app.collections.products.findOne({ _id: id }))?.onHand;
const brief = ({ outcome, movement, onHand }: AdjustStockResponse) => [
  outcome.replace('RESTOCK_OUTCOME_', ''),
  movement?.quantity ?? 0,
  onHand,
];

/** What nothing was done for: no row but those before, and no counter. */
async function expectNothingDone(productId: string, source: string, rows = 0): Promise<void> {
  expect(await rowsOf(productId)).toHaveLength(rows);
  expect(await counterOf(source)).toBeUndefined();
}

test('a restock is one movement, and its counter', async () => {
  const { id } = await app.product({ initialStock: 5 });
  const source = newSource();
  const { movement, counter, ...answer } = await restock({ productId: id, source });
  expect(answer).toEqual({ onHand: 15, outcome: 'RESTOCK_OUTCOME_ANSWERED' });
  expect(movement).toMatchObject({
    ...{ kind: 'RESTOCK', source: `service:restock-controller/${source}#1` },
    ...{ quantity: 10, balance: 15, sequence: 2, reason: 'spring delivery' },
  });
  expect(counter).toEqual({
    ...{ source, productId: id, change: { $case: 'delta', value: 10 }, trigger: 'RESTOCK_TRIGGER_ONCE' },
    ...{ restocks: 1, triggers: 1, units: 10 },
    ...{ lastInstant: undefined, lastAt: movement?.at, lastMovement: movement },
  });
  expect(await counterOf(source)).toEqual(counter);
  expect(await onHand(id)).toBe(15);
});

describe('a trigger', () => {
  test('that is the only one is answered once, and every repeat learns what is so', async () => {
    const { id } = await app.product();
    const ask = { productId: id, source: newSource() };
    const first = await restock(ask);
    await adjust(id, by(-4));
    const repeat = await restock(ask);
    expect(brief(repeat)).toEqual(['ANSWERED_BEFORE', 0, 6]);
    expect(repeat.counter).toEqual(first.counter);
    expect(await onHand(id)).toBe(6);
  });

  test('with an instant is answered when it is later than the last', async () => {
    const { id } = await app.product();
    const source = newSource();
    const answers: unknown[] = [];
    for (const time of ['06:00', '06:00', '05:59', '06:00:00.001', '08:00', '07:00']) {
      answers.push(brief(await restock({ productId: id, source, trigger: at(time) })));
    }
    expect(answers).toEqual([
      ['ANSWERED', 10, 10],
      ['ANSWERED_BEFORE', 0, 10],
      ['ANSWERED_BEFORE', 0, 10],
      ['ANSWERED', 10, 20],
      ['ANSWERED', 10, 30],
      ['ANSWERED_BEFORE', 0, 30],
    ]);
    expect(await counterOf(source)).toMatchObject({
      triggers: 3,
      lastInstant: new Date('2026-03-01T08:00Z'),
    });
  });

  test('with a number is answered when it is the next one', async () => {
    const { id } = await app.product();
    const source = newSource();
    const ask = (number: number) => restock({ productId: id, source, trigger: nth(number) });
    const early = await ask(2);
    expect(brief(early)).toEqual(['ANSWERED_BEFORE', 0, 0]);
    expect(early.counter).toBeUndefined();
    const answers = [await ask(1), await ask(1), await ask(3), await ask(2)];
    expect(answers.map(brief)).toEqual([
      ['ANSWERED', 10, 10],
      ['ANSWERED_BEFORE', 0, 10],
      ['ANSWERED_BEFORE', 0, 10],
      ['ANSWERED', 10, 20],
    ]);
    expect(answers[2]?.counter).toEqual(answers[0]?.counter);
    expect((await rowsOf(id)).map(({ source: row }) => row.slice(-2))).toEqual(['#1', '#2']);
  });

  test('of nothing but a full product is answered, and counted without a movement', async () => {
    const { id } = await app.product({ initialStock: 8 });
    const ask = { productId: id, source: newSource(), change: upTo(8) };
    const { counter, ...answer } = await restock(ask);
    expect(answer).toEqual({ movement: undefined, onHand: 8, outcome: 'RESTOCK_OUTCOME_ANSWERED' });
    expect(counter).toMatchObject({ restocks: 0, triggers: 1, units: 0, lastMovement: undefined });
    await adjust(id, by(-5));
    expect(brief(await restock(ask))).toEqual(['ANSWERED_BEFORE', 0, 3]);
  });

  test('keeps the last movement when a later one needed none', async () => {
    const { id } = await app.product();
    const ask = { productId: id, source: newSource(), change: upTo(8) };
    const { movement } = await restock({ ...ask, trigger: nth(1) });
    const { counter } = await restock({ ...ask, trigger: nth(2) });
    expect(counter).toMatchObject({ restocks: 1, triggers: 2, units: 8, lastMovement: movement });
  });
});

describe('from many sides at once', () => {
  let both: readonly StockClient[];
  beforeAll(async () => {
    both = [controller, app.stockFor('restock-controller', await app.startReplica())];
  });
  const atOnce = <T>(count: number, ask: (client: StockClient, index: number) => Promise<T>) =>
    Promise.all(both.flatMap((client) => Array.from({ length: count }, (_, index) => ask(client, index))));

  test.each([
    ['the only trigger', once],
    ['an instant', at('06:00')],
    ['a number', nth(1)],
  ])('%s is one movement, and all see one counter', async (_, trigger) => {
    const { id } = await app.product();
    const asked = request({ productId: id, trigger });
    const answers = await atOnce(10, (client) => client.adjustStock(asked));
    expect(answers.filter(({ movement }) => movement)).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'RESTOCK_OUTCOME_ANSWERED')).toHaveLength(1);
    expect(new Set(answers.map(({ counter }) => JSON.stringify(counter))).size).toBe(1);
    expect(await onHand(id)).toBe(10);
    expect(await rowsOf(id)).toHaveLength(1);
  });

  test('sources of one product count for themselves', async () => {
    const { id } = await app.product();
    const names = Array.from({ length: 10 }, newSource);
    await atOnce(10, (client, index) =>
      client.adjustStock(request({ productId: id, source: names[index] ?? '', change: by(index + 1) })),
    );
    const { counters } = await controller.getRestockCounters({ sources: names });
    const units = new Map(counters.map((counter) => [counter.source, counter.units]));
    expect(names.map((name) => units.get(name))).toEqual(names.map((_, index) => index + 1));
    expect(await onHand(id)).toBe(55);
  });

  test('a source has one product, whoever was first', async () => {
    const products = [await app.product(), await app.product()];
    const source = newSource();
    const results = await Promise.allSettled(
      both.map((client, index) =>
        client.adjustStock(request({ productId: products[index]?.id ?? '', source })),
      ),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'IDEMPOTENCY_KEY_REUSED' } }]);
    const levels = await Promise.all(products.map(({ id }) => onHand(id)));
    expect(levels.toSorted()).toEqual([0, 10]);
  });

  test('two that know different things restock once for one fall', async () => {
    const { id } = await app.product({ initialStock: 3 });
    const ask = { productId: id, source: newSource(), change: by(50), onlyIfBelow: 20 };
    expect(brief(await restock({ ...ask, trigger: nth(1) }))).toEqual(['ANSWERED', 50, 53]);
    // One has an old counter; the other has the new one, and an old level.
    expect(brief(await restock({ ...ask, trigger: nth(1) }))).toEqual(['ANSWERED_BEFORE', 0, 53]);
    expect(brief(await restock({ ...ask, trigger: nth(2) }))).toEqual(['NOT_BELOW', 0, 53]);
    await adjust(id, by(-40));
    expect(brief(await restock({ ...ask, trigger: nth(2) }))).toEqual(['ANSWERED', 50, 63]);
  });

  test('limits hold', async () => {
    const { id } = await app.product();
    const source = newSource();
    const next = async (client: StockClient): Promise<string> => {
      for (let number = 1; ;) {
        const trigger = nth(number);
        const limits = { maxUnits: 25, maxRestocks: 9 };
        const asked = request({ productId: id, source, change: by(5), trigger, ...limits });
        const { outcome, counter } = await client.adjustStock(asked);
        if (outcome === 'RESTOCK_OUTCOME_LIMIT_REACHED') return outcome;
        number = (counter?.triggers ?? 0) + 1;
      }
    };
    await atOnce(3, next);
    expect(await counterOf(source)).toMatchObject({ restocks: 5, units: 25 });
    expect(await onHand(id)).toBe(25);
  });
});

describe('only_if_below', () => {
  test('leaves the trigger open while the level is not below', async () => {
    const { id } = await app.product({ initialStock: 20 });
    const ask = { productId: id, source: newSource(), onlyIfBelow: 20, trigger: nth(1) };
    const { counter, ...answer } = await restock(ask);
    expect(brief(answer)).toEqual(['NOT_BELOW', 0, 20]);
    expect(counter).toBeUndefined();
    await expectNothingDone(id, ask.source, 1);
    await adjust(id, by(-1));
    expect(brief(await restock(ask))).toEqual(['ANSWERED', 10, 29]);
  });
});

describe('limits', () => {
  const asker = (ask: Ask) => {
    const source = newSource();
    let triggers = 0;
    return async (more: Partial<Ask> = {}) => {
      const answer = await restock({ source, trigger: nth(triggers + 1), ...ask, ...more });
      triggers = answer.counter?.triggers ?? 0;
      return answer;
    };
  };

  test('of restocks count movements, not answers without one', async () => {
    const { id } = await app.product({ initialStock: 8 });
    const ask = asker({ productId: id, change: upTo(8), maxRestocks: 1 });
    expect(brief(await ask())).toEqual(['ANSWERED', 0, 8]);
    await adjust(id, by(-2));
    expect(brief(await ask())).toEqual(['ANSWERED', 2, 8]);
    await adjust(id, by(-3));
    const { counter, ...answer } = await ask();
    expect(brief(answer)).toEqual(['LIMIT_REACHED', 0, 5]);
    expect(counter).toMatchObject({ restocks: 1, triggers: 2, units: 2 });
  });

  test('of units leave out a quantity that does not fit', async () => {
    const { id } = await app.product();
    const ask = asker({ productId: id, change: by(10), maxUnits: 25 });
    expect([await ask(), await ask(), await ask()].map(brief)).toEqual([
      ['ANSWERED', 10, 10],
      ['ANSWERED', 10, 20],
      ['LIMIT_REACHED', 0, 20],
    ]);
  });

  test('of units cut a fill to what is left', async () => {
    const { id } = await app.product();
    const ask = asker({ productId: id, change: upTo(10), maxUnits: 14 });
    expect(brief(await ask())).toEqual(['ANSWERED', 10, 10]);
    await adjust(id, by(-8));
    expect(brief(await ask())).toEqual(['ANSWERED', 4, 6]);
    expect(brief(await ask())).toEqual(['LIMIT_REACHED', 0, 6]);
    expect(brief(await ask({ maxUnits: 15 }))).toEqual(['ANSWERED', 1, 7]);
  });

  test('are said before a level that is high enough, since they stay', async () => {
    const { id } = await app.product();
    const ask = asker({ productId: id, maxRestocks: 1, onlyIfBelow: 5 });
    expect([await ask(), await ask()].map(brief)).toEqual([
      ['ANSWERED', 10, 10],
      ['LIMIT_REACHED', 0, 10],
    ]);
  });
});

describe('a source', () => {
  test('keeps its product, its change and its kind of trigger', async () => {
    const [one, two] = [await app.product(), await app.product()];
    const ask = { productId: one.id, source: newSource() };
    await restock(ask);
    for (const other of [
      { productId: two.id },
      { productId: 'nobody' },
      { change: by(11) },
      { change: upTo(10) },
      { trigger: nth(2) },
      { trigger: at('06:00') },
    ]) {
      await expect(restock({ ...ask, ...other })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
    expect(await counterOf(ask.source)).toMatchObject({ restocks: 1, triggers: 1 });
    expect(await onHand(two.id)).toBe(0);
    // These may change.
    const more = { onlyIfBelow: 1, maxRestocks: 1, maxUnits: 1 };
    expect(brief(await restock({ ...ask, ...more }))).toEqual(['ANSWERED_BEFORE', 0, 10]);
  });

  test('whose name holds another and a number is another', async () => {
    const [one, two] = [await app.product(), await app.product()];
    const source = newSource();
    await restock({ productId: one.id, source });
    expect(brief(await restock({ productId: two.id, source: `${source}#1` }))).toEqual(['ANSWERED', 10, 10]);
  });
});

describe('a product', () => {
  test('that is unknown or archived is not found, and the trigger stays open', async () => {
    const { id } = await app.product();
    await app.products.deleteProduct({ id }, admin);
    for (const productId of [id, 'nobody']) {
      const source = newSource();
      await expect(restock({ productId, source })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expectNothingDone(productId, source);
    }
  });

  test('that was archived after the answer does not hide it', async () => {
    const { id } = await app.product();
    const ask = { productId: id, source: newSource() };
    await restock(ask);
    await app.products.deleteProduct({ id }, admin);
    expect(brief(await restock(ask))).toEqual(['ANSWERED_BEFORE', 0, 10]);
  });

  test('takes no more than a level can hold', async () => {
    const { id } = await app.product({ initialStock: 1_999_999_991 });
    const ask = { productId: id, source: newSource(), change: by(10) };
    await expect(restock(ask)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field: 'delta' }],
    });
    await expectNothingDone(id, ask.source, 1);
    await adjust(id, by(-1));
    expect(brief(await restock(ask))).toEqual(['ANSWERED', 10, 2_000_000_000]);
  });
});

describe('counter and ledger', () => {
  const neverMatches = { _id: { $exists: false } };
  test.each(['movements', 'products', 'restock_counters'])(
    'are written together: nothing is, when writing to %s fails',
    async (collection) => {
      const { id } = await app.product();
      const ask = { productId: id, source: newSource() };
      const validate = (validator: object) => app.mongo.db.command({ collMod: collection, validator });
      await validate(collection === 'products' ? { onHand: { $ne: 10 } } : neverMatches);
      try {
        await expect(restock(ask)).rejects.toMatchObject({ code: 'INTERNAL' });
      } finally {
        await validate({});
      }
      await expectNothingDone(id, ask.source);
      expect(await onHand(id)).toBe(0);
      expect(brief(await restock(ask))).toEqual(['ANSWERED', 10, 10]);
    },
  );

  test('stop a source whose counter was lost, since its row is there already', async () => {
    const { id } = await app.product();
    const ask = { productId: id, source: newSource() };
    await restock(ask);
    await app.collections.counters.deleteOne({ _id: `service:restock-controller/${ask.source}` });
    await expect(restock(ask)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await onHand(id)).toBe(10);
  });

  test('are kept for ever: nothing in the database lets counters expire', async () => {
    const indexes = await app.collections.counters.indexes();
    expect(indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)).toEqual([]);
  });
});

describe('an intent', () => {
  const { intent: right } = request({ productId: '' });
  const intent = (change: Partial<RestockIntent>) => right && { intent: { ...right, ...change } };
  test.each([
    ['idempotency_key', { idempotencyKey: 'key' }],
    ['delta', { change: by(0) }],
    ['delta', { change: by(-1) }],
    ['up_to', { change: upTo(0) }],
    ['up_to', { change: upTo(-1) }],
    ['set_to', { change: { $case: 'setTo', value: 5 } as const }],
    ['change', { change: undefined }],
    ['reason', { reason: 'x'.repeat(501) }],
    ['intent.source', intent({ source: '' })],
    ['intent.source', intent({ source: 'x'.repeat(201) })],
    ['intent.source', intent({ source: 'a\0b' })],
    ['intent.trigger', intent({ trigger: undefined })],
    ['intent.number', intent({ trigger: nth(0) })],
    ['intent.number', intent({ trigger: nth(-1) })],
    ['intent.only_if_below', intent({ onlyIfBelow: 0 })],
    ['intent.max_restocks', intent({ maxRestocks: 0 })],
    ['intent.max_units', intent({ maxUnits: -1 })],
  ])('is refused for a wrong %s, by its name', async (field, change) => {
    const { id } = await app.product();
    const asked = { ...request({ productId: id }), ...change };
    await expect(controller.adjustStock(asked)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field }],
    });
    expect(await rowsOf(id)).toEqual([]);
  });

  test('may have a source of 200 characters, and the largest of all numbers', async () => {
    const { id } = await app.product();
    const limits = { onlyIfBelow: 2 ** 31 - 1, maxRestocks: 2 ** 31 - 1, maxUnits: Number.MAX_SAFE_INTEGER };
    const source = '/#'.repeat(99) + 'é\n';
    const { counter } = await restock({ productId: id, source, change: by(2_000_000_000), ...limits });
    expect(counter?.source).toBe(source);
    expect(await counterOf(source)).toEqual(counter);
  });

  test('is for services, not for people, nor for the gateway, which calls for them', async () => {
    const { id } = await app.product();
    const asked = request({ productId: id });
    for (const [client, who] of [
      [app.stock, undefined],
      [app.stock, admin],
      [controller, admin],
      [controller, await as('carl')],
      [app.stockFor('order'), undefined],
    ] as const) {
      await expect(client.adjustStock(asked, who)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    }
    await expectNothingDone(id, asked.intent?.source ?? '');
  });
});

describe('GetRestockCounters', () => {
  test('leaves out the sources that did nothing yet', async () => {
    const { id } = await app.product();
    const [busy, idle] = [newSource(), newSource()];
    await restock({ productId: id, source: busy });
    const { counters } = await controller.getRestockCounters({ sources: [idle, busy, busy] });
    expect(counters.map(({ source }) => source)).toEqual([busy]);
  });

  test.each([
    ['sources', []],
    ['sources', Array.from({ length: 101 }, newSource)],
    ['sources[1]', ['a', '']],
    ['sources[0]', ['x'.repeat(201)]],
  ])('refuses wrong %s', async (field, names) => {
    await expect(controller.getRestockCounters({ sources: names })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field }],
    });
  });

  test('is for the restock controller', async () => {
    for (const caller of ['gateway', 'order'] as const) {
      await expect(app.stockFor(caller).getRestockCounters({ sources: ['a'] })).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
      });
    }
  });
});

test('the restock controller reads products by sku, without a user', async () => {
  const { id, sku } = await app.product({ initialStock: 4 });
  const { products } = await app.productsFor('restock-controller').getProducts({ ids: [], skus: [sku] });
  expect(products).toMatchObject([{ id, onHand: 4 }]);
});

test('the restock controller may call nothing that it does not need', async () => {
  const { id } = await app.product();
  for (const call of [
    () => app.productsFor('restock-controller').getProductById({ id }),
    () => controller.checkStock({ lines: [{ productId: id, quantity: 1 }] }),
    () => controller.getMovements({ productId: id, pageSize: 1, pageToken: '' }),
    () => Array.fromAsync(controller.watchStock({ productIds: [id] })),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  }
});

test('readers hear of a restock', async () => {
  const { id } = await app.product();
  const leave = new AbortController();
  const levels = app.stock.watchStock({ productIds: [id] }, { signal: leave.signal });
  for await (const { onHand: level } of levels) {
    if (level === 10) break;
    await restock({ productId: id });
  }
  leave.abort();
});
