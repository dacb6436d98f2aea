import { randomUUID } from 'node:crypto';
import { startNats } from '@tradewind/local/servers';
import { expect, test } from 'vitest';
import { consumeEvents, eventPublisher, openNats } from '../src/nats/index.ts';
import { log, patience } from './event-kit.ts';

const event = () =>
  ({ id: randomUUID(), type: 'user.created', data: { user_id: 'u' }, time: new Date() }) as const;

test('what starts without NATS is told so until it comes, and then goes on', async () => {
  await using server = await startNats();
  await server.stop();
  await using nats = await openNats(server.url, 'test', log);
  const publisher = eventPublisher(nats, 'test');
  const handled: string[] = [];
  await using consumer = consumeEvents(nats, {
    durable: 'test',
    types: ['user.created'],
    log,
    handle: (events) => {
      handled.push(...events.map(({ id }) => id));
      return Promise.resolve();
    },
  });
  expect(consumer).toBeDefined();
  await expect(publisher.publish(event())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(nats.admin()).rejects.toMatchObject({ code: 'UNAVAILABLE' });

  await server.restart();
  await nats.connected;
  const first = event();
  await publisher.publish(first);
  await expect.poll(() => handled, patience).toEqual([first.id]);
});

test('a process that never finds NATS can end', async () => {
  await using server = await startNats();
  await server.stop();
  const nats = await openNats(server.url, 'test', log);
  await using consumer = consumeEvents(nats, {
    durable: 'test',
    types: ['user.created'],
    log,
    handle: () => Promise.resolve(),
  });
  await consumer[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
  await expect(nats.connected).rejects.toThrow();
});
