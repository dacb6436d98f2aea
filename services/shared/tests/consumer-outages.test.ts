import { DebugEvents } from 'nats';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureStream } from '../src/nats/index.ts';
import { durable, namesOf, patience, startEventKit, type EventKit } from './event-kit.ts';

let kit: EventKit;
let consumer: AsyncDisposable;
let names: Set<string>;

beforeEach(async () => {
  kit = await startEventKit();
  names = new Set();
  consumer = kit.consume((events) => {
    for (const name of namesOf(events)) names.add(name);
    return Promise.resolve();
  });
  await kit.publish(['before']);
  await handled('before');
});

afterEach(async () => {
  await consumer[Symbol.asyncDispose]();
  await kit[Symbol.asyncDispose]();
});

const handled = (name: string) => expect.poll(() => names.has(name), patience).toBe(true);

test('goes on after its stream was deleted', async () => {
  const admin = await kit.nats.admin();
  await admin.streams.delete('USERS');
  await ensureStream(admin, 'USERS');
  await kit.publish(['after']);
  await handled('after');
});

test('makes its stream again itself', async () => {
  const admin = await kit.nats.admin();
  await admin.streams.delete('USERS');
  await expect
    .poll(
      () =>
        admin.consumers.info('USERS', durable).then(
          () => true,
          () => false,
        ),
      patience,
    )
    .toBe(true);
});

test('goes on after it was deleted itself', async () => {
  await (await kit.nats.admin()).consumers.delete('USERS', durable);
  await kit.publish(['after']);
  await handled('after');
});

test('goes on after all of JetStream was lost', async () => {
  await kit.server.stop();
  await rm(join(kit.server.dir, 'data'), { recursive: true });
  await kit.server.restart();
  const admin = await kit.nats.admin();
  await expect
    .poll(
      () =>
        admin.consumers.info('USERS', durable).then(
          () => true,
          () => false,
        ),
      patience,
    )
    .toBe(true);
  await kit.publish(['after']);
  await handled('after');
});

test('goes on after the server was away for a while', async () => {
  const reconnecting = attemptsToReconnect(8);
  await kit.server.stop();
  await reconnecting;
  await kit.server.restart();
  await expect
    .poll(
      () =>
        kit.publish(['after']).then(
          () => true,
          () => false,
        ),
      patience,
    )
    .toBe(true);
  await handled('after');
});

test('ends while the server is away', async () => {
  await kit.server.stop();
  await consumer[Symbol.asyncDispose]();
  await kit.server.restart();
});

async function attemptsToReconnect(count: number): Promise<void> {
  let attempts = 0;
  for await (const { type } of kit.nats.connection.status()) {
    if (type === DebugEvents.Reconnecting) attempts += 1;
    if (attempts === count) return;
  }
  expect.fail('the connection closed instead');
}
