import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { order } from './fixtures.ts';
import { startTestGateway } from './harness.ts';
import { ada } from './tokens.ts';

test('a request is one line in the log, without body, query or token', async () => {
  const written: Record<string, unknown>[] = [];
  const lines = () => written.filter(({ msg }) => msg === 'request');
  const destination = new Writable({
    write(chunk, _, done) {
      written.push(JSON.parse(String(chunk)) as Record<string, unknown>);
      done();
    },
  });
  await using gateway = await startTestGateway({ log: pino({ level: 'info' }, destination) });
  const token = await gateway.issuer.tokenFor(ada);
  await gateway.send('/api/users/p1?login=ada@example.org', { token });
  await gateway.send('/api/users/authenticate', { json: { login: 'ada', password: 'hunter2 hunter2' } });
  await vi.waitFor(() => {
    expect(lines()).toHaveLength(2);
  });
  expect(lines()[1]).toMatchObject({
    method: 'POST',
    route: '/api/users/authenticate',
    status: 404,
    ms: expect.any(Number) as number,
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  });
  for (const secret of [token, 'hunter2', 'ada@example.org'])
    expect(JSON.stringify(written)).not.toContain(secret);
});

test('closing finishes the requests under way and takes no more', async () => {
  const placing = Promise.withResolvers<undefined>();
  const decided = Promise.withResolvers<undefined>();
  await using gateway = await startTestGateway({
    behaviour: {
      orders: {
        async createOrder() {
          placing.resolve(undefined);
          await decided.promise;
          return order('o1', 'ORDER_STATUS_CONFIRMED');
        },
      },
    },
  });
  const token = await gateway.issuer.tokenFor(ada);
  const answer = gateway.send('/api/orders', { token, json: { items: [{ product_id: 'p1', quantity: 1 }] } });
  await placing.promise;
  vi.useFakeTimers({ toFake: ['setInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const closed = gateway[Symbol.asyncDispose]();
  await vi.waitFor(async () => {
    await expect(fetch(`${gateway.url}/livez`, { headers: { connection: 'close' } })).rejects.toThrow();
  });
  await vi.advanceTimersByTimeAsync(60_000);
  decided.resolve(undefined);
  const { status, headers } = await answer;
  expect(status).toBe(201);
  expect(headers.get('connection')).toBe('close');
  await closed;
});

test('closing waits for no connection on which no request has begun', async () => {
  await using gateway = await startTestGateway();
  const { hostname, port } = new URL(gateway.url);
  for (const sent of ['', 'GET /livez HTTP/1.1\r\n', 'GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGET /']) {
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(sent);
  }
  await gateway.send('/livez');
  await gateway[Symbol.asyncDispose]();
});

test('a client that leaves ends the call behind the gateway', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  await using gateway = await startTestGateway({
    behaviour: {
      orders: {
        createOrder: (_, { signal }) => {
          begun.resolve(signal);
          return new Promise(() => undefined);
        },
      },
    },
  });
  const token = await gateway.issuer.tokenFor(ada);
  const sent = request(`${gateway.url}/api/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  sent.on('error', () => undefined).end('{"items":[{"product_id":"p1","quantity":1}]}');
  const signal = await begun.promise;
  sent.destroy();
  if (!signal.aborted) await once(signal, 'abort');
  expect(signal.aborted).toBe(true);
});
