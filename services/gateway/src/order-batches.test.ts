import type {
  CreateOrderRequest,
  CreateOrdersRequest,
  CreateOrdersResponse,
  Order,
} from '@tradewind/proto/order/v1/order';
import { TradewindError, toRpcStatus } from '@tradewind/shared/errors';
import type { CallOptions } from '@tradewind/shared/grpc';
import { expect, test, vi } from 'vitest';
import { createOrdersTogether } from './order-batches.ts';

const wish = (note: string): CreateOrderRequest => ({
  ...{ idempotencyKey: '', items: [], note },
  ...{ expectedTotal: undefined, address: undefined },
});
const asker = { token: 't', signal: undefined };

const placed = (index: number, note: string): CreateOrdersResponse['outcomes'][number] => ({
  index,
  result: { $case: 'order', value: { id: note } as Order },
});

type Call = (request: CreateOrdersRequest, options?: CallOptions) => AsyncIterable<CreateOrdersResponse>;

/** Places everything at once. */
async function* placeAll({ entries }: CreateOrdersRequest): AsyncGenerator<CreateOrdersResponse> {
  await Promise.resolve();
  yield { outcomes: entries.map(({ order }, index) => placed(index, order?.note ?? '')) };
}

test('orders of one moment share a call, each with its own token', async () => {
  const createOrders = vi.fn<Call>(placeAll);
  const create = createOrdersTogether({ createOrders });
  const orders = ['a', 'b', 'c'].map((note) =>
    create(wish(note), { token: `of ${note}`, signal: undefined }),
  );
  expect((await Promise.all(orders)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(createOrders).toHaveBeenCalledTimes(1);
  const tokens = createOrders.mock.calls[0]?.[0].entries.map(({ accessToken }) => accessToken);
  expect(tokens).toEqual(['of a', 'of b', 'of c']);
});

test('each order fails for itself, with the error that it would have had alone', async () => {
  const create = createOrdersTogether({
    async *createOrders() {
      await Promise.resolve();
      const error = new TradewindError('OUT_OF_STOCK', 'too few', { details: { shortages: [1] } });
      yield { outcomes: [{ index: 1, result: { $case: 'error', value: toRpcStatus(error) } }] };
      yield { outcomes: [placed(0, 'a')] };
    },
  });
  const [first, second] = await Promise.allSettled([create(wish('a'), asker), create(wish('b'), asker)]);
  expect(first).toMatchObject({ status: 'fulfilled', value: { id: 'a' } });
  expect(second).toMatchObject({ reason: { code: 'OUT_OF_STOCK', details: { shortages: [1] } } });
});

test('a call that takes too long leaves what it has told, and is not made again', async () => {
  const createOrders = vi.fn<Call>(async function* () {
    await Promise.resolve();
    yield { outcomes: [placed(0, 'a')] };
    throw new TradewindError('DEADLINE_EXCEEDED', 'too slow');
  });
  const create = createOrdersTogether({ createOrders });
  const [first, second] = await Promise.allSettled([create(wish('a'), asker), create(wish('b'), asker)]);
  expect([first.status, second]).toMatchObject(['fulfilled', { reason: { code: 'DEADLINE_EXCEEDED' } }]);
  expect(createOrders).toHaveBeenCalledTimes(1);
});

test('a call that breaks after its first outcome is made once more, for those who have heard nothing', async () => {
  const createOrders = vi.fn<Call>(async function* ({ entries }) {
    await Promise.resolve();
    yield { outcomes: [placed(0, entries[0]?.order?.note ?? '')] };
    if (createOrders.mock.calls.length <= 2) throw new TradewindError('UNAVAILABLE', 'gone');
  });
  const create = createOrdersTogether({ createOrders });
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((note) => create(wish(note), asker)));
  expect(outcomes).toMatchObject([
    { value: { id: 'a' } },
    { value: { id: 'b' } },
    { reason: { code: 'UNAVAILABLE' } },
  ]);
  expect(createOrders.mock.calls.map(([{ entries }]) => entries.map(({ order }) => order?.note))).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c'],
  ]);
  const [first = 0, second = 0] = createOrders.mock.calls.map(([, options]) => options?.timeoutMs);
  expect(second).toBeLessThan(first);
});

test('a call that has answered nobody is left to gRPC to repeat', async () => {
  const createOrders = vi.fn<Call>(async function* () {
    await Promise.resolve();
    yield { outcomes: [] };
    throw new TradewindError('UNAVAILABLE', 'gone');
  });
  const create = createOrdersTogether({ createOrders });
  await expect(create(wish('a'), asker)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(createOrders).toHaveBeenCalledTimes(1);
});

test('an order without an outcome is an order that may be there: UNAVAILABLE', async () => {
  const create = createOrdersTogether({
    async *createOrders() {
      await Promise.resolve();
      yield { outcomes: [] };
    },
  });
  await expect(create(wish('a'), asker)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('slow orders hold up no call after theirs', async () => {
  const createOrders = vi.fn<Call>(async function* (request) {
    if (request.entries.some(({ order }) => order?.note === 'slow')) await new Promise(() => undefined);
    yield* placeAll(request);
  });
  const create = createOrdersTogether({ createOrders });
  for (let calls = 1; calls <= 3; calls += 1) {
    void create(wish('slow'), asker);
    await vi.waitFor(() => {
      expect(createOrders).toHaveBeenCalledTimes(calls);
    });
  }
  expect(await create(wish('quick'), asker)).toEqual({ id: 'quick' });
});

test('who leaves waits no more, and the call ends when all have left', async () => {
  const aborted = Promise.withResolvers<undefined>();
  let stopped = false;
  const create = createOrdersTogether({
    async *createOrders(_, { signal } = {}) {
      signal?.addEventListener('abort', () => {
        stopped = true;
        aborted.resolve(undefined);
      });
      await aborted.promise;
      yield { outcomes: [] };
    },
  });
  const [ada, bob] = [new AbortController(), new AbortController()];
  const orders = [ada, bob].map(({ signal }) => create(wish('a'), { token: 't', signal }));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  ada.abort();
  await expect(orders[0]).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(stopped).toBe(false);
  bob.abort();
  await expect(orders[1]).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(stopped).toBe(true);
});

test('an order is not sent for somebody who left before the call', async () => {
  const createOrders = vi.fn<Call>(placeAll);
  const create = createOrdersTogether({ createOrders });
  const ordering = (note: string, signal: AbortSignal) => create(wish(note), { token: 't', signal });
  const { signal } = new AbortController();
  const gone = ordering('a', AbortSignal.abort());
  const present = ordering('b', signal);
  await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await present).toEqual({ id: 'b' });
  await expect(ordering('c', AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  const notes = createOrders.mock.calls.map(([{ entries }]) => entries.map(({ order }) => order?.note));
  expect(notes).toEqual([['b']]);
});
