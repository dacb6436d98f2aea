import {
  UserServiceDefinition,
  UserServiceService,
  type UserServiceServer,
} from '@tradewind/proto/user/v1/user';
import { watchTokens } from '@tradewind/shared/auth';
import { grpcClient, serveGrpc } from '@tradewind/shared/grpc';
import { connectMongo, migrate, mongoFailure } from '@tradewind/shared/mongo';
import { openNats } from '@tradewind/shared/nats';
import { connectRedis } from '@tradewind/shared/redis';
import type { Logger } from '@tradewind/shared/telemetry';
import type { Channel } from './channel.ts';
import type { NotificationConfig } from './config.ts';
import { notifyOf } from './consumers.ts';
import { contactsOf } from './contacts.ts';
import { mongoDeliveries } from './deliveries.ts';
import { emailChannel } from './email.ts';
import { mailerService } from './mailer-service.ts';
import { migrations } from './migrations.ts';
import { notifier } from './notify.ts';
import { smsChannel, smsWebhook } from './sms.ts';
import { connectSmtp } from './smtp.ts';

export interface NotificationService extends AsyncDisposable {
  readonly port: number;
}

/** Adapters that a test may put in the place of the real ones. */
export interface Adapters {
  readonly deliveries: typeof mongoDeliveries;
}

/** Mails and texts for what happens to users and orders, and MailerService for admins. */
export async function startNotificationService(
  config: NotificationConfig,
  log: Logger,
  { deliveries: openDeliveries }: Adapters = { deliveries: mongoDeliveries },
): Promise<NotificationService> {
  await using stack = new AsyncDisposableStack();
  const mongo = stack.use(await connectMongo(config.mongo.uri, config.mongo.database, log, config.mongo));
  await migrate(mongo.db, migrations, log);
  const nats = stack.use(await openNats(config.natsUrl, 'notification', log, config.natsOptions));
  const redis = stack.use(connectRedis(config.redis, log));
  const users = stack.use(
    grpcClient<UserServiceServer>(UserServiceService, UserServiceDefinition, {
      target: config.userService,
      caller: 'notification',
      key: config.serviceKey,
      tls: config.tls,
    }),
  );
  const mailer = stack.use(connectSmtp(config.smtp));

  const { maxEventAgeMs, claimMs } = config;
  const deliveries = openDeliveries(mongo.db, { maxEventAgeMs, claimMs });
  const contacts = contactsOf(users);
  const over = (channel: Channel) => notifier({ channel, contacts, deliveries, maxEventAgeMs, log });
  const mail = over(emailChannel(mailer));
  stack.use(notifyOf(nats, 'email', ['user.created'], mail, log));
  stack.use(notifyOf(nats, 'email', ['order.confirmed', 'order.cancelled', 'order.completed'], mail, log));
  if (config.smsWebhook) {
    const text = over(smsChannel(smsWebhook(config.smsWebhook)));
    stack.use(notifyOf(nats, 'sms', ['order.confirmed'], text, log));
  }

  const verifier = stack.use(await watchTokens({ users, redis, secret: config.jwtSecret, log }));
  const server = stack.use(
    await serveGrpc({
      ...config.grpc,
      tls: config.tls,
      services: [mailerService(mailer)],
      callerKeys: config.callerKeys,
      verifier,
      classifiers: [mongoFailure],
      log,
    }),
  );
  const resources = stack.move();
  return { port: server.port, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
