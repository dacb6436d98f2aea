import { expect, test, vi } from 'vitest';
import { placeOrder, type KeyedOrder, type PlaceOrderCommand, type PlaceOrderDeps } from './place-order.ts';

const command: PlaceOrderCommand = {
  userId: 'ada',
  idempotencyKey: 'key',
  requestId: '',
  lines: [{ productId: 'p1', quantity: 2 }],
  expectedTotal: undefined,
  address: undefined,
  note: '',
};
const shortage = { productId: 'p1', requested: 2, available: 1, reason: 'OUT_OF_STOCK' };
const { signal } = new AbortController();

function shop(overrides: Partial<PlaceOrderDeps> = {}) {
  const books: KeyedOrder[] = [];
  const findByKey = vi.fn((): Promise<KeyedOrder | undefined> => Promise.resolve(books[0]));
  const insertOnce = vi.fn<PlaceOrderDeps['orders']['insertOnce']>(({ order, fingerprint }) => {
    books.push({ order, fingerprint });
    return Promise.resolve({ order, fingerprint });
  });
  let ids = 0;
  const place = placeOrder({
    orders: { findByKey, insertOnce },
    price: () => Promise.resolve({ items: [], total: { currency: 'EUR', amount: 2 } }),
    checkStock: () => Promise.resolve([]),
    newId: () => `order-${(ids += 1)}`,
    now: () => new Date(0),
    count: () => undefined,
    ...overrides,
  });
  return { place, findByKey, insertOnce };
}

test('an early refusal writes nothing, so that the key may be used again', async () => {
  const { place, insertOnce } = shop({ checkStock: () => Promise.resolve([shortage]) });
  await expect(place(command, signal)).rejects.toMatchObject({ code: 'OUT_OF_STOCK' });
  expect(insertOnce).not.toHaveBeenCalled();
});

test.each([
  ['key', command],
  ['request', { ...command, idempotencyKey: '', requestId: 'r1' }],
])(
  'a repeat of a %s finds the order that its first attempt stored while stock was looked at',
  async (_, again) => {
    const first = shop();
    const repeat = shop({
      checkStock: async () => {
        // It takes what the repeat then misses.
        await first.place(again, signal);
        return [shortage];
      },
    });
    repeat.findByKey.mockImplementation(first.findByKey);
    expect(await repeat.place(again, signal)).toMatchObject({ id: 'order-1', status: 'PENDING' });
    expect(repeat.insertOnce).not.toHaveBeenCalled();
  },
);

test('an order without a key is stored under its request, and under itself without one', async () => {
  const { place, insertOnce } = shop();
  await place({ ...command, idempotencyKey: '', requestId: 'r1' }, signal);
  await place({ ...command, idempotencyKey: '' }, signal);
  expect(insertOnce.mock.calls.map(([{ key }]) => key)).toEqual(['request:r1', 'order-2']);
});

test('a request that comes again is the same order, and costs no look-up the first time', async () => {
  const { place, findByKey, insertOnce } = shop();
  const request = { ...command, idempotencyKey: '', requestId: 'r1' };
  const placed = await place(request, signal);
  expect(findByKey).not.toHaveBeenCalled();
  insertOnce.mockImplementation(({ fingerprint }) => Promise.resolve({ order: placed, fingerprint }));
  expect((await place(request, signal)).id).toBe(placed.id);
});
