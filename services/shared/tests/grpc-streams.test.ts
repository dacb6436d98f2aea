import { expect, test } from 'vitest';
import type { StockLevel } from '@tradewind/proto/inventory/v1/inventory';
import { TradewindError } from '../src/errors/index.ts';
import { gate, patience } from './event-kit.ts';
import { serveTest, stockClient, untilAborted } from './grpc-kit.ts';

const level = (onHand: number): StockLevel => ({ productId: 'p', sku: 's', onHand, version: onHand });
const all = { productIds: ['p'] };

async function readAll(levels: AsyncIterable<StockLevel>): Promise<number[]> {
  return (await Array.fromAsync(levels)).map(({ onHand }) => onHand);
}

test('streams what the handler yields, in order, to its end', async () => {
  await using server = await serveTest({
    watchStock: async function* () {
      for (let onHand = 0; onHand < 5_000; onHand += 1) yield await Promise.resolve(level(onHand));
    },
  });
  await using client = stockClient(server);
  expect(await readAll(client.watchStock(all))).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
});

test('a stream that fails rejects with the error after what came before it', async () => {
  await using server = await serveTest({
    watchStock: async function* () {
      yield await Promise.resolve(level(1));
      throw new TradewindError('NOT_FOUND', 'gone');
    },
  });
  await using client = stockClient(server);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { onHand } of client.watchStock(all)) seen.push(onHand);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'gone' });
  expect(seen).toEqual([1]);
});

/** Yields one level, then waits for the signal; `ended` opens when the handler is left. */
function watcher() {
  const ended = gate();
  async function* watchStock(_: unknown, { signal }: { readonly signal: AbortSignal }) {
    try {
      yield level(1);
      await untilAborted(signal);
    } finally {
      ended.open();
    }
  }
  return { ended, watchStock };
}

test('the handler ends when the client stops reading', async () => {
  const { ended, watchStock } = watcher();
  await using server = await serveTest({ watchStock });
  await using client = stockClient(server);
  for await (const { onHand } of client.watchStock(all)) {
    expect(onHand).toBe(1);
    break;
  }
  await ended.opened;
});

test("the stream ends quietly, and the handler too, when the client's signal aborts", async () => {
  const { ended, watchStock } = watcher();
  await using server = await serveTest({ watchStock });
  await using client = stockClient(server);
  const reader = new AbortController();
  const seen: number[] = [];
  for await (const { onHand } of client.watchStock(all, { signal: reader.signal })) {
    seen.push(onHand);
    reader.abort();
  }
  expect(seen).toEqual([1]);
  await ended.opened;
  expect(await readAll(client.watchStock(all, { signal: reader.signal }))).toEqual([]);
});

test('a client that leaves without reading what was sent ends its handler', async () => {
  let yielded = 0;
  const ended = gate();
  await using server = await serveTest(
    {
      watchStock: async function* () {
        try {
          for (;;) yield await Promise.resolve({ ...level(++yielded), sku: 'x'.repeat(10_000) });
        } finally {
          ended.open();
        }
      },
    },
    { maxInFlight: 1 },
  );
  await using client = stockClient(server);
  for (let round = 0; round < 3; round += 1) {
    const before = yielded;
    // Refused until the server has noticed that the one before is gone.
    const first = async () => {
      for await (const { onHand } of client.watchStock(all)) return onHand;
      return undefined;
    };
    await expect.poll(() => first().catch(() => 0), patience).toBeGreaterThan(before);
  }
  await ended.opened;
});

test('streams have no deadline unless asked', async () => {
  const { watchStock } = watcher();
  await using server = await serveTest({ watchStock });
  await using client = stockClient(server);
  await expect(readAll(client.watchStock(all, { timeoutMs: 100 }))).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
});

test('a stream with a deadline is drained when the server closes', async () => {
  const rest = gate();
  const server = await serveTest({
    watchStock: async function* () {
      yield level(1);
      await rest.opened;
      yield level(2);
    },
  });
  await using client = stockClient(server);
  const reading = client.watchStock(all, { timeoutMs: 10_000 })[Symbol.asyncIterator]();
  expect(await reading.next()).toMatchObject({ value: level(1) });
  const closed = server[Symbol.asyncDispose]();
  rest.open();
  expect(await reading.next()).toMatchObject({ value: level(2) });
  expect(await reading.next()).toMatchObject({ done: true });
  await closed;
});

test('streams without a deadline end when the server closes, without waiting for the drain time', async () => {
  const { ended, watchStock } = watcher();
  const server = await serveTest({ watchStock }, { drainMs: 60_000 });
  await using client = stockClient(server);
  const reading = client.watchStock(all)[Symbol.asyncIterator]();
  await reading.next();
  const next = reading.next();
  await Promise.all([
    expect(next).rejects.toMatchObject({ code: 'UNAVAILABLE' }),
    server[Symbol.asyncDispose](),
  ]);
  await ended.opened;
});
