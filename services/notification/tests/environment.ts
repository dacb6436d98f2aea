import { randomUUID } from 'node:crypto';
import { startNats, type NatsServer } from '@tradewind/local/servers';
import type { Contact } from '@tradewind/proto/user/v1/user';
import { connectMongo } from '@tradewind/shared/mongo';
import {
  connectNats,
  eventPublisher,
  toJson,
  type EventType,
  type Nats,
  type Payload,
} from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import type { Collection } from 'mongodb';
import { inject } from 'vitest';
import { startNotificationService, type NotificationService } from '../src/app.ts';
import { readNotificationConfig } from '../src/config.ts';
import { deliveriesCollection, type DeliveryDocument } from '../src/deliveries.ts';
import { startMailSink, type MailSink } from './mail-sink.ts';
import { serveContacts } from './user-service.ts';

export const log = createLogger('notification-test', 'silent');
export const jwtSecret = 'only for tests, and long enough for HS256';
export const gatewayKey = 'gateway-key';

export interface PublishOptions {
  readonly id?: string;
  readonly time?: Date;
}

/** All that the notification service needs, real but for the user service, which knows `contacts` only. */
export interface TestEnvironment extends AsyncDisposable {
  readonly sink: MailSink;
  readonly contacts: Map<string, Contact>;
  readonly nats: Nats;
  readonly natsServer: NatsServer;
  readonly deliveries: Collection<DeliveryDocument>;
  /** Publishes an event, always as a new message; @returns its id. */
  readonly publish: <T extends EventType>(
    type: T,
    payload: Payload<T>,
    options?: PublishOptions,
  ) => Promise<string>;
  readonly deadLetters: () => Promise<number>;
  readonly start: (
    settings?: Record<string, string>,
    ...adapters: Parameters<typeof startNotificationService> extends [unknown, unknown, ...infer Rest]
      ? Rest
      : never
  ) => Promise<NotificationService>;
}

export async function startEnvironment(): Promise<TestEnvironment> {
  await using stack = new AsyncDisposableStack();
  const natsServer = stack.use(await startNats());
  const nats = stack.use(await connectNats(natsServer.url, 'test', log));
  const sink = stack.use(await startMailSink());
  const contacts = new Map<string, Contact>();
  const users = stack.use(await serveContacts(contacts, 'notification-key', log));
  const database = `notification_${randomUUID()}`;
  const mongo = stack.use(await connectMongo(inject('mongoUri'), database, log));
  stack.defer(async () => {
    await mongo.db.dropDatabase();
  });
  const publisher = eventPublisher(nats, 'test');
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    MONGO_URI: inject('mongoUri'),
    MONGO_DB_NAME: database,
    NATS_URL: natsServer.url,
    REDIS_ADDR: inject('redisAddr'),
    USER_SERVICE: `127.0.0.1:${users.port}`,
    SERVICE_KEY: 'notification-key',
    CALLER_KEYS: `gateway=${gatewayKey}`,
    JWT_SECRET: jwtSecret,
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(sink.port),
    MAIL_FROM: 'The Shop <shop@shop.test>',
  };
  const resources = stack.move();
  return {
    sink,
    contacts,
    nats,
    natsServer,
    deliveries: mongo.db.collection<DeliveryDocument>(deliveriesCollection),
    publish: async (type, payload, { id = randomUUID(), time = new Date() } = {}) => {
      await publisher.publish({ id, type, data: toJson(type, payload), time }, { msgId: randomUUID() });
      return id;
    },
    deadLetters: async () => {
      const admin = await nats.admin();
      return await admin.streams.info('DEAD').then(
        ({ state }) => state.messages,
        () => 0,
      );
    },
    start: (settings = {}, ...adapters) =>
      startNotificationService(readNotificationConfig({ ...environment, ...settings }), log, ...adapters),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** For `expect.poll` where several servers take part. */
export const patience = { timeout: 20_000, interval: 20 };
