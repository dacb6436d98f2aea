import {
  OrderServiceDefinition,
  OrderServiceService,
  type OrderServiceServer,
} from '@tradewind/proto/order/v1/order';
import { expect, test } from 'vitest';
import type { Principal } from '../src/auth/index.ts';
import { TradewindError } from '../src/errors/index.ts';
import { grpcClient } from '../src/grpc/index.ts';
import { gate, patience } from './event-kit.ts';
import { mailClient, movementsOf, serveTest, someMail, stockClient, untilAborted } from './grpc-kit.ts';

const answer = { shortages: [] };

test('takes calls of services that prove themselves by their key and may call the method', async () => {
  await using server = await serveTest(
    { checkStock: (_, { caller }) => Promise.resolve({ shortages: [shortage(caller)] }) },
    { access: { checkStock: { from: ['order'], user: 'none' } } },
  );
  await using order = stockClient(server, { caller: 'order', key: 'order-key' });
  expect((await order.checkStock({ lines: [] })).shortages[0]?.productId).toBe('order');

  await using forger = stockClient(server, { caller: 'order', key: 'gateway-key' });
  await using keyless = stockClient(server, { caller: 'order', key: '' });
  await using stranger = stockClient(server, { caller: 'user', key: 'order-key' });
  for (const client of [forger, keyless, stranger]) {
    await expect(client.checkStock({ lines: [] })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  }
  await using gateway = stockClient(server);
  await expect(gateway.checkStock({ lines: [] })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});

test("takes a person's token where it is needed, and refuses a wrong one also where it is not", async () => {
  const seen: (Principal | undefined)[] = [];
  const handler = (_: unknown, { principal }: { principal: Principal | undefined }) => {
    seen.push(principal);
    return Promise.resolve({ ...answer, movements: [], nextPageToken: '' });
  };
  await using server = await serveTest(
    { checkStock: handler, getMovements: handler },
    {
      access: {
        checkStock: { from: ['gateway'], user: 'required' },
        getMovements: { from: ['gateway'], user: 'optional' },
      },
    },
  );
  await using client = stockClient(server);
  await client.checkStock({ lines: [] }, { token: 'ada' });
  await client.getMovements(movementsOf('p'), { token: 'bob' });
  await client.getMovements(movementsOf('p'));
  expect(seen.map((principal) => principal?.userId)).toEqual(['ada', 'bob', undefined]);

  const refused = { code: 'UNAUTHENTICATED' };
  await expect(client.checkStock({ lines: [] })).rejects.toMatchObject(refused);
  await expect(client.checkStock({ lines: [] }, { token: 'forged' })).rejects.toMatchObject(refused);
  await expect(client.getMovements(movementsOf('p'), { token: 'forged' })).rejects.toMatchObject(refused);
});

test('tells the handler when the deadline has passed', async () => {
  const reasons: unknown[] = [];
  await using server = await serveTest({
    checkStock: (_, { signal }) =>
      untilAborted(signal).catch((error: unknown) => {
        reasons.push(error);
        throw error;
      }),
  });
  await using client = stockClient(server);
  // On a busy machine a call may not even reach the handler in its time.
  const call = async () => {
    await expect(client.checkStock({ lines: [] }, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    return reasons[0];
  };
  await expect
    .poll(call, patience)
    // The client's own timer may be the first.
    .toMatchObject({ name: expect.stringMatching(/TimeoutError|AbortError/) as string });
});

test('tells the handler when the caller has left', async () => {
  const begun = gate();
  const reasons: unknown[] = [];
  await using server = await serveTest({
    checkStock: (_, { signal }) => {
      begun.open();
      return untilAborted(signal).catch((error: unknown) => {
        reasons.push(error);
        throw error;
      });
    },
  });
  await using client = stockClient(server);
  const caller = new AbortController();
  const call = client.checkStock({ lines: [] }, { signal: caller.signal });
  await begun.opened;
  caller.abort();
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect.poll(() => reasons, patience).toMatchObject([{ name: 'AbortError' }]);
});

test('a call made while another is handled ends with it, and speaks for the same person', async () => {
  const inner: string[] = [];
  await using downstream = await serveTest(
    {
      getMovements: (_, { principal, signal }) => {
        inner.push(principal?.userId ?? 'nobody');
        return untilAborted(signal).catch((error: unknown) => {
          inner.push('aborted');
          throw error;
        });
      },
    },
    { access: { getMovements: { from: ['order'], user: 'required' } } },
  );
  await using client = stockClient(downstream, { caller: 'order', key: 'order-key', timeoutMs: 60_000 });
  await using upstream = await serveTest(
    {
      checkStock: async () => {
        await client.getMovements(movementsOf('p'));
        return answer;
      },
    },
    { access: { checkStock: { from: ['gateway'], user: 'optional' } } },
  );
  await using gateway = stockClient(upstream);
  await expect(gateway.checkStock({ lines: [] }, { token: 'ada', timeoutMs: 200 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
  await expect.poll(() => inner, { timeout: 2_000 }).toEqual(['ada', 'aborted']);
});

test('repeats an idempotent call while the server is unavailable, and never another', async () => {
  const attempts = { check: 0, mail: 0, broken: 0 };
  const away = new TradewindError('UNAVAILABLE', 'not now');
  await using server = await serveTest({
    checkStock: () => {
      attempts.check += 1;
      return attempts.check < 3 ? Promise.reject(away) : Promise.resolve(answer);
    },
    getMovements: () => {
      attempts.broken += 1;
      return Promise.reject(new Error('a bug'));
    },
    sendEmail: () => {
      attempts.mail += 1;
      return Promise.reject(away);
    },
  });
  await using stock = stockClient(server);
  await using mail = mailClient(server);
  expect(await stock.checkStock({ lines: [] })).toEqual(answer);
  await expect(stock.getMovements(movementsOf('p'))).rejects.toMatchObject({ code: 'INTERNAL' });
  await expect(mail.sendEmail(someMail)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(attempts).toEqual({ check: 3, mail: 1, broken: 1 });
});

test('carries code, message, fields, details and retry time of an error', async () => {
  const shortages = Array.from({ length: 100 }, (_, index) => shortage(`0199c0de-0000-7000-8000-${index}`));
  await using server = await serveTest({
    checkStock: () =>
      Promise.reject(
        new TradewindError('OUT_OF_STOCK', 'zu wenig auf Lager: 3 × „Tee“', {
          fields: [{ field: 'lines[0].quantity', message: 'is too much' }],
          details: { shortages },
          retryAfterMs: 1_500.25,
        }),
      ),
  });
  await using client = stockClient(server);
  await expect(client.checkStock({ lines: [] })).rejects.toMatchObject({
    name: 'TradewindError',
    code: 'OUT_OF_STOCK',
    message: 'zu wenig auf Lager: 3 × „Tee“',
    fields: [{ field: 'lines[0].quantity', message: 'is too much' }],
    details: { shortages },
    retryAfterMs: 1_500.25,
  });
});

test('takes a server that lacks the method for one that is not there yet', async () => {
  await using server = await serveTest({});
  await using orders = grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, {
    ...{ target: `127.0.0.1:${server.port}`, caller: 'gateway', key: 'gateway-key' },
  });
  await expect(orders.getOrder({ id: 'o' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('keeps what went wrong inside to itself', async () => {
  await using server = await serveTest({
    checkStock: () => Promise.reject(new Error('password=hunter2')),
    sendEmail: () =>
      Promise.reject(new TradewindError('INTERNAL', 'hunter2', { details: { password: 'hunter2' } })),
  });
  await using stock = stockClient(server);
  await using mail = mailClient(server);
  for (const call of [stock.checkStock({ lines: [] }), mail.sendEmail(someMail)]) {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INTERNAL', message: 'Something broke on our side', details: {} });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  }
});

test("says what the adapters' failures mean", async () => {
  await using server = await serveTest(
    { sendEmail: () => Promise.reject(new RangeError('too far')) },
    {
      classifiers: [
        (error) => (error instanceof RangeError ? new TradewindError('NOT_FOUND', 'nowhere') : undefined),
      ],
    },
  );
  await using client = mailClient(server);
  await expect(client.sendEmail(someMail)).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'nowhere' });
});

test('refuses calls beyond its limit, so that those under way still end', async () => {
  const go = gate();
  let under = 0;
  await using server = await serveTest(
    {
      sendEmail: async () => {
        under += 1;
        await go.opened;
        return { status: 'sent', message: '' };
      },
    },
    { maxInFlight: 2 },
  );
  await using client = mailClient(server);
  const taken = [client.sendEmail(someMail), client.sendEmail(someMail)];
  await expect.poll(() => under, patience).toBe(2);
  await expect(client.sendEmail(someMail)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryAfterMs: 1_000,
  });
  go.open();
  expect(await Promise.all(taken)).toHaveLength(2);
  expect((await client.sendEmail(someMail)).status).toBe('sent');
});

test('drains calls under way when it closes, and takes no new ones', async () => {
  const begun = gate();
  const go = gate();
  const server = await serveTest({
    checkStock: async () => {
      begun.open();
      await go.opened;
      return answer;
    },
  });
  await using client = stockClient(server);
  const call = client.checkStock({ lines: [] });
  await begun.opened;
  let closed = false;
  const closing = server[Symbol.asyncDispose]().then(() => {
    closed = true;
  });
  await using late = stockClient(server);
  await expect(late.checkStock({ lines: [] })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(closed).toBe(false);
  go.open();
  expect(await call).toEqual(answer);
  await closing;
});

test('gives up on calls that do not end in time when it closes', async () => {
  const begun = gate();
  const server = await serveTest(
    {
      sendEmail: () => {
        begun.open();
        return new Promise<never>(() => undefined);
      },
    },
    { drainMs: 100 },
  );
  await using client = mailClient(server);
  const call = client.sendEmail(someMail);
  await begun.opened;
  await Promise.all([
    expect(call).rejects.toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|CANCELLED/) as string }),
    server[Symbol.asyncDispose](),
  ]);
});

test('says in one line that its port is taken', async () => {
  await using server = await serveTest({});
  await expect(serveTest({}, { port: server.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
    message: `cannot listen on 127.0.0.1:${server.port}: EADDRINUSE: address already in use 127.0.0.1:${server.port}`,
  });
});

const shortage = (productId: string) => ({ productId, requested: 2, available: 1, reason: 'OUT_OF_STOCK' });
