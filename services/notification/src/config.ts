import { urlToHttpOptions } from 'node:url';
import {
  bool,
  identityEnv,
  milliseconds,
  mongoEnv,
  mongoTimeouts,
  natsEnv,
  natsOptions,
  natural,
  optional,
  parsed,
  processEnv,
  readConfig,
  redisEnv,
  redisOptions,
  str,
  target,
  tlsOptions,
} from '@tradewind/shared/config';
import type { MongoTimeouts } from '@tradewind/shared/mongo';
import type { NatsOptions } from '@tradewind/shared/nats';
import type { RedisOptions } from '@tradewind/shared/redis';
import type { TlsFiles } from '@tradewind/shared/tls';
import addressparser from 'nodemailer/lib/addressparser';
import { isEmailAddress } from './email-address.ts';
import type { SmsWebhook } from './sms.ts';
import type { SmtpOptions } from './smtp.ts';

export interface NotificationConfig {
  readonly grpc: { readonly host: string; readonly port: number };
  readonly mongo: { readonly uri: string; readonly database: string } & MongoTimeouts;
  readonly natsUrl: string;
  readonly natsOptions: NatsOptions;
  readonly redis: RedisOptions;
  readonly userService: string;
  /** Undefined where nothing is encrypted. */
  readonly tls?: TlsFiles | undefined;
  /** The key by which this service calls others. */
  readonly serviceKey: string;
  /** The keys of the services that may call this one. */
  readonly callerKeys: ReadonlyMap<string, string>;
  readonly jwtSecret: string | undefined;
  readonly smtp: SmtpOptions;
  /** Texts are sent where there is one. */
  readonly smsWebhook: SmsWebhook | undefined;
  /** Nobody is told of what happened longer ago than this. */
  readonly maxEventAgeMs: number;
  /** One process at a time tries a delivery; a claim that a crash left ends by itself after this long. */
  readonly claimMs: number;
}

const threeDays = 3 * 24 * 60 * 60 * 1000;

const specs = {
  ...processEnv,
  ...mongoEnv('tradewind_notification'),
  ...natsEnv,
  ...redisEnv,
  ...identityEnv,
  PORT: natural({ default: 50_054 }),
  USER_SERVICE: target({ default: '127.0.0.1:50053' }),
  SMTP_HOST: str({ default: '127.0.0.1' }),
  SMTP_PORT: natural({ default: 1025 }),
  SMTP_USERNAME: optional({ default: undefined }),
  SMTP_PASSWORD: optional({ default: undefined }),
  /** TLS from the first byte, as on port 465; without it STARTTLS is used where the server offers it. */
  SMTP_SECURE: bool({ default: false }),
  MAIL_FROM: parsed<SmtpOptions['from']>(sender)({
    default: { name: 'Tradewind', address: 'no-reply@tradewind.example' },
  }),
  SMS_WEBHOOK_URL: parsed<SmsWebhook | undefined>(webhook)({ default: undefined }),
  MAX_EVENT_AGE_MS: milliseconds({ default: threeDays }),
  DELIVERY_CLAIM_MS: milliseconds({ default: 30_000 }),
};

/** @throws ConfigError */
export function readNotificationConfig(environment?: NodeJS.ProcessEnv): NotificationConfig {
  const env = readConfig(specs, environment);
  return {
    grpc: { host: env.HOST, port: env.PORT },
    mongo: { uri: env.MONGO_URI, database: env.MONGO_DB_NAME, ...mongoTimeouts(env) },
    natsUrl: env.NATS_URL,
    natsOptions: natsOptions(env),
    redis: redisOptions(env),
    userService: env.USER_SERVICE,
    tls: tlsOptions(env),
    serviceKey: env.SERVICE_KEY,
    callerKeys: env.CALLER_KEYS,
    jwtSecret: env.JWT_SECRET,
    smtp: {
      host: env.SMTP_HOST,
      port: env.SMTP_PORT,
      secure: env.SMTP_SECURE,
      username: env.SMTP_USERNAME,
      password: env.SMTP_PASSWORD,
      from: env.MAIL_FROM,
    },
    smsWebhook: env.SMS_WEBHOOK_URL,
    maxEventAgeMs: env.MAX_EVENT_AGE_MS,
    claimMs: env.DELIVERY_CLAIM_MS,
  };
}

function sender(text: string): SmtpOptions['from'] {
  const [mailbox, another] = addressparser(text, { flatten: true });
  if (!mailbox || another || !isEmailAddress(mailbox.address)) {
    throw new Error(`must be one address, such as "Shop <shop@example.com>", not "${text}"`);
  }
  return { name: mailbox.name, address: mailbox.address };
}

/** The message does not repeat the URL, which may hold a secret. */
function webhook(text: string): SmsWebhook {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('must be an http or https URL');
  const { auth: credentials } = urlToHttpOptions(url);
  // fetch takes none within the URL.
  url.username = '';
  url.password = '';
  return { url: url.href, credentials: credentials ?? undefined };
}
