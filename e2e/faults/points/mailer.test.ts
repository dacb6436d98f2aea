import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { expect, inject, test } from 'vitest';
import { Program } from '@tradewind/local/platform';
import { freePort, startNats } from '@tradewind/local/servers';
import { newId } from '@tradewind/shared/ids';
import { connectNats, eventPublisher, toJson } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { startMailSink } from '../../../services/notification/tests/mail-sink.ts';
import { serveContacts } from '../../../services/notification/tests/user-service.ts';
import { eventually } from '../../kit/eventually.ts';
import { answersTo, mongoProtocol, requests } from '../kit/proxy-mongo.ts';
import { startProxy } from '../kit/proxy.ts';
import { processReady } from './shop-floor.ts';

const key = 'key';
const log = createLogger('test', 'silent');
const main = fileURLToPath(new URL('../../../services/notification/src/main.ts', import.meta.url));

/** The mailer as a process, with a mail server that keeps what it gets. */
async function startMailer(stack: AsyncDisposableStack) {
  const natsServer = stack.use(await startNats());
  const nats = stack.use(await connectNats(natsServer.url, 'test', log));
  const sink = stack.use(await startMailSink());
  const userId = newId();
  const contacts = new Map([[userId, { email: 'ada@people.test', phone: undefined, name: 'Ada' }]]);
  const users = stack.use(await serveContacts(contacts, key, log));
  const proxy = stack.use(await startProxy(Number(new URL(inject('mongoUri')).port), mongoProtocol));
  const mongo = new MongoClient(inject('mongoUri'));
  stack.defer(() => mongo.close());
  const db = mongo.db(`mailer_${randomUUID()}`);
  stack.defer(async () => {
    await db.dropDatabase();
  });
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'tradewind-mailer-')), (path) =>
    rm(path, { recursive: true }),
  );
  const metricsPort = await freePort();
  const program = stack.use(
    new Program({
      name: 'notification',
      logFile: join(dir, 'notification.log'),
      command: {
        file: process.execPath,
        args: [main],
        env: {
          ...{ PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: String(await freePort()) },
          METRICS_PORT: String(metricsPort),
          MONGO_URI: `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`,
          MONGO_DB_NAME: db.databaseName,
          NATS_URL: natsServer.url,
          REDIS_ADDR: inject('redisAddr'),
          USER_SERVICE: `127.0.0.1:${users.port}`,
          SERVICE_KEY: key,
          SMTP_HOST: '127.0.0.1',
          SMTP_PORT: String(sink.port),
          MAIL_FROM: 'The Shop <shop@shop.test>',
          EVENT_ACK_WAIT_MS: '1000',
          DELIVERY_CLAIM_MS: '1000',
        },
      },
      ready: processReady(metricsPort),
    }),
  );
  await program.start();
  const confirm = async (orderId: string) => {
    const event = {
      id: newId(),
      type: 'order.confirmed',
      data: { orderId, userId },
      time: new Date(),
    } as const;
    await eventPublisher(nats, 'test').publish({ ...event, data: toJson(event.type, event.data) });
    return event.id;
  };
  return { program, sink, proxy, confirm, deliveries: db.collection('deliveries') };
}

test(
  'kill -9 of the mailer between sending and recording: the same mail again',
  { timeout: 90_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const { program, sink, proxy, confirm, deliveries } = await startMailer(stack);

    const claimed = proxy.hold(answersTo('insert', 'deliveries'));
    const id = await confirm('order-1');
    await claimed.reached;
    const recording = proxy.hold(requests('update', 'deliveries'));
    claimed.release();
    await recording.reached;
    expect(sink.mails).toHaveLength(1);
    expect(await deliveries.findOne({ eventId: id })).toMatchObject({ state: 'PENDING' });
    const { pid } = program;
    await program.kill('SIGKILL');
    recording.drop();

    await program.start();
    expect(program.pid).not.toBe(pid);
    await eventually(async () => (await deliveries.findOne({ eventId: id, state: 'SENT' })) ?? undefined, {
      within: 60_000,
    });
    const ids = sink.mails.map(({ messageId }) => messageId);
    expect(ids).toEqual([`<${id}.email@shop.test>`, `<${id}.email@shop.test>`]);
  },
);
