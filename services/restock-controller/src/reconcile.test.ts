import { beforeEach, expect, test, vi } from 'vitest';
import { TradewindError } from '@tradewind/shared/errors';
import type { Inventory, RestockAnswer } from './inventory-client.ts';
import type { Counter } from './plan.ts';
import type { ProductRestock, RestockSpec, RestockStatus } from './product-restock.ts';
import { type ReconcileOptions, reconciler } from './reconcile.ts';

const created = '2026-03-10T05:00:00Z';
let now: Date;
const counterOf = (triggers: number, of: Partial<Counter['of']> = {}): Counter => ({
  of: { productId: 'p1', amount: { quantity: 100 }, trigger: 'immediate', ...of },
  ...{ triggers, restocks: triggers, units: 10 * triggers, lastAt: new Date('2026-03-10T11:00:00Z') },
});
const low: Partial<RestockSpec> = { trigger: { threshold: { below: 20 } }, quantity: 10 };
const lows: Partial<Counter['of']> = { trigger: 'threshold', amount: { quantity: 10 } };

let resource: ProductRestock | undefined;
let written: RestockStatus[];
let told: string[];
let messages: string[];
let failingMs: number;
const restock = vi.fn<Inventory['restock']>();
const counter = vi.fn<Inventory['counter']>();
const product = vi.fn<Inventory['product']>();
const remove = vi.fn<ReconcileOptions['remove']>();

beforeEach(() => {
  vi.resetAllMocks();
  written = [];
  told = [];
  messages = [];
  now = new Date('2026-03-10T12:00:00Z');
  failingMs = 0;
  product.mockResolvedValue({ id: 'p1', onHand: 5, archived: false });
});

function given(spec: Partial<RestockSpec>, metadata: Partial<ProductRestock['metadata']> = {}): void {
  resource = {
    metadata: {
      ...{ name: 'phones', namespace: 'shop', uid: 'u1', resourceVersion: '1', creationTimestamp: created },
      ...metadata,
    },
    spec: { sku: 'PHONE-001', trigger: { immediate: {} }, quantity: 100, suspend: false, ...spec },
  };
}
const answers = (...queue: Partial<RestockAnswer>[]) => {
  for (const answer of queue) {
    restock.mockResolvedValueOnce({ answered: true, onHand: 105, counter: counterOf(1), ...answer });
  }
};
const reconcile = (signal = new AbortController().signal) =>
  reconciler({
    find: () => resource,
    inventory: { product, counter, restock },
    status: {
      write: (restock, status) => {
        if (JSON.stringify(restock.status) === JSON.stringify(status)) return Promise.resolve(undefined);
        written.push(status);
        return Promise.resolve({ ...restock, status });
      },
    },
    advance: (_, after) => {
      resource = after;
    },
    tell: (_, { reason, message }) => {
      told.push(reason);
      messages.push(message);
    },
    remove,
    failingMs: () => failingMs,
    now: () => now,
  })('shop/phones', signal);
const triggers = () => restock.mock.calls.map(([, , { trigger }]) => trigger);

test('what is due is asked for, under the uid or the reference, and said once', async () => {
  given({});
  answers({});
  expect(await reconcile()).toEqual({});
  expect(restock.mock.calls[0]?.slice(0, 2)).toEqual(['uid:u1', 'p1']);
  expect(written.map(({ phase }) => phase)).toEqual(['Finished']);
  expect(told).toEqual(['Restocked']);

  given({ reference: 'PO-1' });
  answers({});
  await reconcile();
  expect(restock.mock.calls[1]?.[0]).toBe('ref:shop/PO-1');
});

test('a resource that is gone, or about to be, is left alone', async () => {
  resource = undefined;
  expect(await reconcile()).toEqual({});
  given({}, { deletionTimestamp: created });
  expect(await reconcile()).toEqual({});
  expect(restock).not.toHaveBeenCalled();
});

test('a plan that was made on an old counter is made again on the one that inventory answers with', async () => {
  given(low);
  answers(
    { answered: false, onHand: 7, counter: counterOf(4, lows) },
    { onHand: 25, counter: counterOf(5, lows) },
  );
  await reconcile();
  expect(triggers()).toMatchObject([{ number: 1 }, { number: 5 }]);
  expect(written[0]).toMatchObject({ phase: 'Waiting', restocks: 5 });
});

test('a level that is no longer below ends it', async () => {
  given(low);
  answers({ answered: false, onHand: 30, counter: undefined });
  expect(await reconcile()).toEqual({});
  expect(written[0]).toMatchObject({ phase: 'Waiting', restocks: 0 });
});

test('one restock is done at a time; the next one, if due, is at once', async () => {
  given(low);
  answers({ onHand: 15, counter: counterOf(1, lows) });
  expect(await reconcile()).toEqual({ againInMs: 0 });
  expect(restock).toHaveBeenCalledTimes(1);
  expect(written[0]?.conditions.map(({ type }) => type)).toEqual(['Ready', 'Reconciling']);
});

test('an inventory that never agrees is an error, not a loop', async () => {
  given({});
  restock.mockResolvedValue({ answered: false, onHand: 5, counter: undefined });
  await expect(reconcile()).rejects.toThrow('otherwise');
  expect(restock).toHaveBeenCalledTimes(5);
});

test.each([
  ['IDEMPOTENCY_KEY_REUSED', 'ReferenceReused'],
  // The product was just found, and products stay.
  ['NOT_FOUND', 'ProductArchived'],
  ['INVALID_ARGUMENT', 'Refused'],
  ['PERMISSION_DENIED', 'Refused'],
] as const)('%s is final: Stalled, because of %s', async (code, reason) => {
  given({});
  restock.mockRejectedValue(new TradewindError(code, 'no'));
  expect(await reconcile()).toEqual({});
  expect(written[0]?.conditions.map(({ type, reason }) => [type, reason])).toEqual([
    ['Ready', reason],
    ['Stalled', reason],
  ]);
  expect(told).toEqual([reason]);
});

test('what another resource has restocked under the reference is not shown as this one’s', async () => {
  given({ reference: 'PO-1' });
  counter.mockResolvedValue(counterOf(3, { amount: { quantity: 99 } }));
  await reconcile();
  expect(restock).not.toHaveBeenCalled();
  expect(written[0]).toMatchObject({ phase: 'Stalled', restocks: 0 });
});

test.each(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNAUTHENTICATED', 'RESOURCE_EXHAUSTED'] as const)(
  '%s is tried again, and said when it lasts',
  async (code) => {
    given({});
    restock.mockRejectedValue(new TradewindError(code, 'not now'));
    await expect(reconcile()).rejects.toThrow('not now');
    expect(written).toEqual([]);
    failingMs = 5_000;
    await expect(reconcile()).rejects.toThrow('not now');
    await expect(reconcile()).rejects.toThrow('not now');
    expect(written).toHaveLength(1);
    expect(told).toEqual(['InventoryUnavailable']);
  },
);

test('work that is aborted, because another may lead, writes nothing and asks for nothing more', async () => {
  given({});
  const lost = new AbortController();
  product.mockImplementation(() => {
    lost.abort();
    return Promise.resolve({ id: 'p1', onHand: 5, archived: false });
  });
  failingMs = 60_000;
  await expect(reconcile(lost.signal)).rejects.toThrow();
  expect(restock).not.toHaveBeenCalled();
  expect(written).toEqual([]);
});

test('a schedule is looked at again at its next instant', async () => {
  given(
    { trigger: { schedule: { cron: '0 13 * * *', timeZone: 'Etc/UTC' } } },
    { creationTimestamp: '2026-03-10T11:30:00Z' },
  );
  expect(await reconcile()).toEqual({ againInMs: 3_600_000 });
  expect(written[0]).toMatchObject({ nextRestockTime: '2026-03-10T13:00:00Z' });
});

test('a limit that is lowered later ends a resource now, and it has its time to live from then on', async () => {
  counter.mockResolvedValue(counterOf(3, lows));
  const ended = { ...low, limits: { maxRestocks: 2 }, reference: 'PO-1', ttlSecondsAfterFinished: 60 };
  given(ended);
  expect(await reconcile()).toEqual({ againInMs: 60_000 });
  expect(written.at(-1)).toMatchObject({ phase: 'Finished', finishedTime: '2026-03-10T12:00:00Z' });

  const before = resource?.status;
  now = new Date(now.getTime() + 45_000);
  given(ended);
  if (resource !== undefined && before !== undefined) resource = { ...resource, status: before };
  expect(await reconcile()).toEqual({ againInMs: 15_000 });
  expect(written).toHaveLength(1);
});

test('what was restocked before a status was lost is told as what it is', async () => {
  given({});
  answers({});
  await reconcile();
  given({});
  const lastMovement = { id: 'p1:1', units: 10, balance: 15, at: new Date('2026-03-10T11:00:00Z') };
  counter.mockResolvedValue({ ...counterOf(1), lastMovement });
  await reconcile();
  expect(messages).toEqual([
    'Added 10 units, 0 on hand',
    'Has added 10 units so far, 15 on hand after the last',
  ]);
});

test('a finished resource is deleted when its time has come, after that was said', async () => {
  counter.mockResolvedValue(counterOf(1));
  given({ reference: 'PO-1', ttlSecondsAfterFinished: 7200 });
  expect(await reconcile()).toEqual({ againInMs: 3_600_000 });
  expect(remove).not.toHaveBeenCalled();

  remove.mockResolvedValue(true);
  given({ reference: 'PO-1', ttlSecondsAfterFinished: 3600 });
  await reconcile();
  expect(written.at(-1)).toMatchObject({ phase: 'Finished' });
  expect(remove).toHaveBeenCalledTimes(1);
  expect(remove.mock.calls[0]?.[0]).toHaveProperty('status.phase', 'Finished');
  expect(told.at(-1)).toBe('Deleted');
});
