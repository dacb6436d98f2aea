import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unavailable } from '../src/errors/index.ts';
import { DataError } from '../src/nats/index.ts';
import {
  durable,
  gate,
  headersOf,
  namesOf,
  patience,
  startEventKit,
  type EventKit,
  type Handle,
} from './event-kit.ts';

let open: AsyncDisposableStack;
let kit: EventKit;

beforeEach(async () => {
  open = new AsyncDisposableStack();
  kit = open.use(await startEventKit());
});

afterEach(async () => {
  await open.disposeAsync();
});

const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const allAcknowledged = async () => {
  const { num_ack_pending: unacknowledged, num_pending: unread } = await kit.consumer();
  return unacknowledged + unread;
};

/** Remembers each batch, and fails those that hold `bad`. */
function recorder(fail?: () => Error) {
  const batches: string[][] = [];
  const handle: Handle = (events) => {
    batches.push(namesOf(events));
    return fail && namesOf(events).includes('bad') ? Promise.reject(fail()) : Promise.resolve();
  };
  return { batches, handle, names: () => batches.flat() };
}

/** Consumes with `handle`, which gets all that `publish` publishes in one batch. */
async function consumeAsOneBatch(
  handle: Handle,
  publish: () => Promise<void>,
  options: Parameters<EventKit['consume']>[1] = {},
): Promise<AsyncDisposable> {
  const published = gate();
  const holding = gate();
  await kit.publish(['hold the line']);
  const consumer = kit.consume(async (events) => {
    if (!namesOf(events).includes('hold the line')) {
      await handle(events);
      return;
    }
    holding.open();
    await published.opened;
  }, options);
  await holding.opened;
  await publish();
  await expect.poll(async () => (await kit.consumer()).num_pending, patience).toBe(0);
  published.open();
  return consumer;
}

test('hands events over in the order of the stream', async () => {
  const { names, handle } = recorder();
  open.use(kit.consume(handle, { maxBatch: 7 }));
  await kit.publish(numbered(60));
  await expect.poll(() => names().length, patience).toBe(60);
  expect(names()).toEqual(numbered(60));
});

test('acknowledges a batch only after it was handled', async () => {
  const handled = gate();
  const begun = gate();
  await kit.publish(['a', 'b', 'c']);
  open.use(
    kit.consume(async () => {
      begun.open();
      await handled.opened;
    }),
  );
  await begun.opened;
  expect((await kit.consumer()).ack_floor.stream_seq).toBe(0);
  handled.open();
  await expect.poll(async () => (await kit.consumer()).ack_floor.stream_seq, patience).toBe(3);
});

test('dead-letters at once what cannot be read, with the reason, and handles the rest of the batch', async () => {
  const { batches, handle } = recorder();
  open.use(
    await consumeAsOneBatch(handle, async () => {
      await kit.publish(['first']);
      await kit.publishBody('{"user_id":');
      await kit.publishBody('null');
      await kit.publish(['x'], { 'ce-type': 'dev.tradewind.user.exploded.v1' });
      await kit.publish(['x'], { 'ce-type': '' });
      await kit.publish(['x'], { 'ce-id': '' });
      await kit.publish(['x'], { 'ce-time': 'soon' });
      await kit.publish(['last']);
    }),
  );
  await expect.poll(allAcknowledged, patience).toBe(0);
  expect(batches).toEqual([['first', 'last']]);
  const letters = await kit.deadLetters();
  expect(letters.map(({ header }) => header('Tradewind-Reason'))).toEqual([
    'the body is not JSON',
    'the body is not an object',
    'the type "dev.tradewind.user.exploded.v1" is not one that belongs here',
    'the type "" is not one that belongs here',
    'ce-id is missing',
    'ce-time is not a time',
  ]);
  const [letter] = letters;
  expect(letter?.subject).toBe('dead.USERS.test');
  expect(letter?.body).toBe('{"user_id":');
  expect(letter?.header('ce-type')).toBe('dev.tradewind.user.created.v1');
  expect(letter?.header('Tradewind-Subject')).toBe('user.created');
  expect(letter?.header('Tradewind-Stream')).toBe('USERS');
  expect(letter?.header('Tradewind-Sequence')).toBe('3');
  expect(letter?.header('Tradewind-Consumer')).toBe(durable);
  expect(letter?.header('Tradewind-Deliveries')).toBe('1');
});

test('dead-letters what no dead letter can hold whole, without what does not go into one', async () => {
  const { names, handle } = recorder();
  const { max_payload: largest } = kit.nats.connection.info ?? { max_payload: 0 };
  await kit.publishRaw('{"user_id":"x"}', headersOf('a name: with a blank'));
  await kit.publishRaw('x'.repeat(largest - 60));
  await kit.publishRaw('not JSON', headersOf(`ce-id: 1\r\nlong: ${'x'.repeat(65_500)}`));
  await kit.publish(['good']);
  open.use(kit.consume(handle));
  await expect.poll(allAcknowledged, patience).toBe(0);
  expect(names()).toEqual(['good']);
  const letters = await kit.deadLetters();
  expect(
    letters.map(({ header, body }) => [
      header('Tradewind-Sequence'),
      header('Tradewind-Reason'),
      header('Tradewind-Omitted'),
      body,
    ]),
  ).toEqual([
    ['1', 'the headers cannot be read', 'headers', '{"user_id":"x"}'],
    ['2', 'the type "" is not one that belongs here', 'body', ''],
    ['3', 'the type "" is not one that belongs here', 'headers', 'not JSON'],
  ]);
});

test('dead-letters an event that the handler calls wrong, and acknowledges the others', async () => {
  const { handle } = recorder(() => new DataError('nobody\r\nhas this name'));
  open.use(await consumeAsOneBatch(handle, () => kit.publish(['a', 'bad', 'b'])));
  await expect.poll(allAcknowledged, patience).toBe(0);
  const letters = await kit.deadLetters();
  expect(letters.map(({ header }) => header('Tradewind-Reason'))).toEqual(['nobody has this name']);
});

test('halves a failing batch until the culprit stands alone, and acknowledges the others', async () => {
  const { batches, handle } = recorder(() => new Error('no idea'));
  const names = ['a', 'b', 'c', 'd', 'e', 'bad', 'g', 'h'];
  open.use(await consumeAsOneBatch(handle, () => kit.publish(names)));
  await expect.poll(allAcknowledged, patience).toBe(1);
  expect(batches).toEqual([
    ['a', 'b', 'c', 'd', 'e', 'bad', 'g', 'h'],
    ['a', 'b', 'c', 'd'],
    ['e', 'bad', 'g', 'h'],
    ['e', 'bad'],
    ['e'],
    ['bad'],
    ['g', 'h'],
  ]);
  expect(await kit.deadLetters()).toEqual([]);
});

test('takes a message alone from its third delivery', async () => {
  await kit.publish(['a', 'b']);
  await kit.putBack(2);
  await kit.publish(['c', 'd']);
  const { batches, handle, names } = recorder();
  open.use(kit.consume(handle));
  await expect.poll(() => names().length, patience).toBe(4);
  expect(batches).toEqual(expect.arrayContaining([['a'], ['b']]));
});

test('handles a message that was only ever put back, and dead-letters one that fails at its fifteenth delivery', async () => {
  await kit.publish(['put back', 'bad']);
  await kit.putBack(14);
  const names: string[] = [];
  const handle: Handle = (events) => {
    const given = namesOf(events);
    if (given.includes('bad')) return Promise.reject(new Error('it is bad'));
    names.push(...given);
    return Promise.resolve();
  };
  open.use(kit.consume(handle));
  await expect.poll(allAcknowledged, patience).toBe(0);
  expect(names).toEqual(['put back']);
  const letters = await kit.deadLetters();
  expect(letters.map(({ header }) => header('Tradewind-Reason'))).toEqual(['failed at delivery 15']);
});

test('dead-letters a message at its thirtieth delivery without handling it', async () => {
  await kit.publish(['worn out']);
  await kit.putBack(29);
  const { handle, names } = recorder();
  open.use(kit.consume(handle));
  await kit.publish(['fresh']);
  await expect.poll(allAcknowledged, patience).toBe(0);
  expect(names()).toEqual(['fresh']);
  const letters = await kit.deadLetters();
  expect(letters.map(({ header }) => header('Tradewind-Reason'))).toEqual(['delivered 30 times']);
});

test('waits for a dependency that is away, without using up tries', async () => {
  const attempts: number[][] = [];
  const handle: Handle = (events) => {
    attempts.push(events.map(({ deliveries }) => deliveries));
    return attempts.length < 4 ? Promise.reject(unavailable('the database')) : Promise.resolve();
  };
  // The third pause is longer than this.
  const options = { ackWaitMs: 600 };
  open.use(await consumeAsOneBatch(handle, () => kit.publish(['a', 'b', 'c']), options));
  await expect.poll(allAcknowledged, patience).toBe(0);
  expect(attempts).toEqual([
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
    [1, 1, 1],
  ]);
  expect(await kit.deadLetters()).toEqual([]);
});

test('puts a newer version back, however often it was delivered, and goes on with the others', async () => {
  await kit.publish(['from the future'], { 'ce-type': 'dev.tradewind.user.created.v2' });
  await kit.putBack(12);
  await kit.publish(numbered(50), { 'ce-type': 'dev.tradewind.user.created.v2' });
  await kit.publish(['present']);
  const { handle, names } = recorder();
  open.use(kit.consume(handle, { maxBatch: 1 }));
  await expect.poll(names, patience).toEqual(['present']);
  expect(await allAcknowledged()).toBe(51);
  expect(await kit.deadLetters()).toEqual([]);
});

test('keeps what waits in line during a long handling from being delivered again', async () => {
  const deliveries: number[] = [];
  const handle: Handle = async (events) => {
    deliveries.push(...events.map((event) => event.deliveries));
    // Time is what this is about: each of two batches takes twice the ack wait.
    await delay(1_000);
  };
  const options = { maxBatch: 4, ackWaitMs: 500 };
  open.use(await consumeAsOneBatch(handle, () => kit.publish(numbered(6)), options));
  open.use(kit.consume(handle, options));
  await expect.poll(allAcknowledged, patience).toBe(0);
  expect(deliveries).toEqual([1, 1, 1, 1, 1, 1]);
});

test('finishes its batch when disposed of, and puts the rest back at once', async () => {
  await kit.publish(numbered(20));
  const begun = gate();
  const go = gate();
  const first: string[] = [];
  const consumer = kit.consume(
    async (events) => {
      begun.open();
      await go.opened;
      first.push(...namesOf(events));
    },
    { maxBatch: 4 },
  );
  await begun.opened;
  const disposed = consumer[Symbol.asyncDispose]();
  go.open();
  await disposed;
  expect(first.length).toBeGreaterThan(0);
  expect(first.length).toBeLessThanOrEqual(4);
  const { handle, names } = recorder();
  open.use(kit.consume(handle));
  await expect.poll(allAcknowledged, { timeout: 3_000, interval: 20 }).toBe(0);
  expect([...first, ...names()].sort()).toEqual(numbered(20).sort());
});

test('begins nothing more when disposed of while it waits for a full batch', async () => {
  const { batches, handle } = recorder();
  const consumer = kit.consume(handle, { lingerMs: 60_000 });
  await kit.publish(['a']);
  await expect.poll(async () => (await kit.consumer()).num_ack_pending, patience).toBe(1);
  await consumer[Symbol.asyncDispose]();
  expect(batches).toEqual([]);
  open.use(kit.consume(handle));
  await expect.poll(() => batches, patience).toEqual([['a']]);
});

test('loses no time with messages that are on their way while it is disposed of', async () => {
  const publishing = { done: false };
  const seen = new Set<string>();
  const handle: Handle = (events) => {
    for (const name of namesOf(events)) seen.add(name);
    return Promise.resolve();
  };
  const flood = (async () => {
    let sent = 0;
    while (!publishing.done) {
      await Promise.all(Array.from({ length: 50 }, () => kit.publish([String(sent++)])));
    }
    return sent;
  })();
  for (let round = 0; round < 8; round += 1) {
    const before = seen.size;
    const consumer = kit.consume(handle, { maxBatch: 20 });
    await expect.poll(() => seen.size, patience).toBeGreaterThan(before);
    await consumer[Symbol.asyncDispose]();
  }
  publishing.done = true;
  const sent = await flood;
  open.use(kit.consume(handle));
  await expect.poll(allAcknowledged, { timeout: 5_000, interval: 20 }).toBe(0);
  expect(seen.size).toBe(sent);
});

test('shares the messages with its replicas', async () => {
  const other = gate();
  const counts = { first: 0, second: 0 };
  open.use(
    kit.consume(
      async (events) => {
        await other.opened;
        counts.first += events.length;
      },
      { maxBatch: 5 },
    ),
  );
  open.use(
    kit.consume(
      (events) => {
        counts.second += events.length;
        other.open();
        return Promise.resolve();
      },
      { maxBatch: 5 },
    ),
  );
  await kit.publish(numbered(100));
  await expect.poll(allAcknowledged, patience).toBe(0);
  expect(counts.first).toBeGreaterThan(0);
  expect(counts.first + counts.second).toBe(100);
});
