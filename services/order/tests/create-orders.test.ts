import {
  OrderServiceDefinition,
  OrderServiceService,
  type CreateOrdersRequest_Entry as Entry,
  type CreateOrdersResponse_Outcome as Outcome,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { invalid, TradewindError } from '@tradewind/shared/errors';
import { grpcClient, serveGrpc } from '@tradewind/shared/grpc';
import { createLogger } from '@tradewind/shared/telemetry';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { orderService, type OrderServiceDeps } from '../src/inbound/order-service.ts';
import type { PlaceOrder } from '../src/usecases/place-order.ts';

const key = 'a key for tests';
const stack = new AsyncDisposableStack();
let place: PlaceOrder;
let createOrders: (entries: readonly Entry[]) => AsyncIterable<Outcome>;

const never = () => Promise.reject(new Error('not in this test'));

beforeAll(async () => {
  const deps: OrderServiceDeps = {
    place: (...order) => place(...order),
    ...{ list: never, read: never, amend: never, cancel: never, complete: never },
  };
  const server = stack.use(
    await serveGrpc({
      ...{ host: '127.0.0.1', port: 0, log: createLogger('order', 'silent') },
      services: [orderService(deps)],
      callerKeys: new Map([['gateway', key]]),
      verifier: {
        verify: (token) =>
          token.startsWith('token of ')
            ? Promise.resolve({ userId: token.slice(9), sessionId: 's', role: 'customer' })
            : Promise.reject(new TradewindError('UNAUTHENTICATED', 'the access token is not valid')),
      },
    }),
  );
  const client = stack.use(
    grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, {
      ...{ target: `127.0.0.1:${server.port}`, caller: 'gateway', key },
    }),
  );
  createOrders = async function* (entries) {
    for await (const { outcomes } of client.createOrders({ entries: [...entries] })) yield* outcomes;
  };
});
afterAll(() => stack.disposeAsync());
beforeEach(() => {
  place = (command) => Promise.resolve(orderOf(command));
});

const orderOf = ({ userId, note }: Pick<Parameters<PlaceOrder>[0], 'userId' | 'note'>) => ({
  ...{ id: `${userId}/${note}`, userId, status: 'PENDING' as const, note, items: [], shortages: [] },
  ...{ total: { currency: 'EUR', amount: 1 }, actions: [], createdAt: new Date(0), updatedAt: new Date(0) },
});

const entry = (accessToken: string, note: string): Entry => ({
  order: { ...{ idempotencyKey: '', items: [], note }, expectedTotal: undefined, address: undefined },
  ...{ accessToken, traceparent: '' },
});

/** Ids of orders and codes of errors, in the order of the entries. */
async function resultsOf(outcomes: AsyncIterable<Outcome>): Promise<(string | number | undefined)[]> {
  const results: (string | number | undefined)[] = [];
  for await (const { index, result } of outcomes)
    results[index] = result?.$case === 'order' ? result.value.id : result?.value.code;
  return results;
}

const [invalidArgument, unauthenticated, internal] = [3, 16, 13];

test('each order is of the person whose token it brings', async () => {
  const entries = [entry('token of ada', 'a'), entry('token of bob', 'b'), entry('token of ada', 'c')];
  expect(await resultsOf(createOrders(entries))).toEqual(['ada/a', 'bob/b', 'ada/c']);
});

test('an order that fails spoils no other one', async () => {
  place = (command) => {
    if (command.note === 'bad') throw invalid('note', 'is bad');
    if (command.note === 'broken') throw new Error('broken');
    return Promise.resolve(orderOf(command));
  };
  const tokens = ['token of ada', 'forged', '', 'token of ada', 'token of ada', 'token of bob'];
  const notes = ['a', 'b', 'c', 'bad', 'broken', 'f'];
  const entries = tokens.map((token, index) => entry(token, notes[index] ?? ''));
  expect(await resultsOf(createOrders(entries))).toEqual([
    'ada/a',
    unauthenticated,
    unauthenticated,
    invalidArgument,
    internal,
    'bob/f',
  ]);
});

test('an order that takes long holds no other one up', async () => {
  const slow = Promise.withResolvers<undefined>();
  place = async (command) => {
    if (command.note === 'slow') await slow.promise;
    return orderOf(command);
  };
  const outcomes = createOrders([entry('token of ada', 'slow'), entry('token of ada', 'quick')])[
    Symbol.asyncIterator
  ]();
  expect(await outcomes.next()).toMatchObject({ value: { index: 1 } });
  slow.resolve(undefined);
  expect(await outcomes.next()).toMatchObject({ value: { index: 0 } });
});

test('a hundred orders are answered, more or none are refused', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => entry('token of ada', `${index}`));
  expect(await resultsOf(createOrders(many(100)))).toEqual(many(100).map((_, index) => `ada/${index}`));
  for (const count of [0, 101])
    await expect(resultsOf(createOrders(many(count)))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
