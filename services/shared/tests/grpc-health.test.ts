import { Client, credentials, makeGenericClientConstructor, type ClientReadableStream } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { expect, test } from 'vitest';
import { gate } from './event-kit.ts';
import { mailClient, serveTest, someMail } from './grpc-kit.ts';

type Check = (request: object, done: (error: Error | null, answer?: { status: string }) => void) => void;

function health(port: number): Promise<string | undefined> {
  const Health = makeGenericClientConstructor(healthService, 'grpc.health.v1.Health');
  const client = new Health(`127.0.0.1:${port}`, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    (client['check'] as Check).call(client, { service: '' }, (error, answer) => {
      client.close();
      if (error) reject(error);
      else resolve(answer?.status);
    });
  });
}

test('tells a probe without a key that it serves', async () => {
  await using server = await serveTest({});
  expect(await health(server.port)).toBe('SERVING');
});

test('tells a connected probe when it begins to close', async () => {
  const begun = gate();
  const go = gate();
  const server = await serveTest({
    sendEmail: async () => {
      begun.open();
      await go.opened;
      return { status: 'sent', message: '' };
    },
  });
  await using client = mailClient(server);
  const Health = makeGenericClientConstructor(healthService, 'grpc.health.v1.Health');
  const probe = new Health(`127.0.0.1:${server.port}`, credentials.createInsecure());
  type Watch = (request: object) => ClientReadableStream<{ status: string }>;
  const watching = (probe['watch'] as Watch).call(probe, { service: '' });
  const statuses = watching[Symbol.asyncIterator]() as AsyncIterator<{ status: string }>;
  expect(await statuses.next()).toMatchObject({ value: { status: 'SERVING' } });
  const call = client.sendEmail(someMail);
  await begun.opened;
  const closing = server[Symbol.asyncDispose]();
  expect(await statuses.next()).toMatchObject({ value: { status: 'NOT_SERVING' } });
  await statuses.return?.();
  watching.cancel();
  probe.close();
  go.open();
  await call;
  await closing;
});

test('describes its services by reflection', async () => {
  await using server = await serveTest({});
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  const bytes = (value: Buffer) => value;
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  const stream = client.makeBidiStreamRequest(path, bytes, bytes);
  const answered = new Promise<Buffer>((resolve, reject) => {
    stream.once('data', resolve).once('error', reject);
  });
  // Field 7 of ServerReflectionRequest: list_services.
  stream.write(Buffer.from([0x3a, 0x01, 0x2a]));
  const answer = (await answered).toString();
  expect(answer).toContain('tradewind.inventory.v1.InventoryService');
  expect(answer).toContain('tradewind.notification.v1.MailerService');
  stream.end();
  client.close();
});
