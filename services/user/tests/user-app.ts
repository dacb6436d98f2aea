import { randomUUID } from 'node:crypto';
import {
  UserServiceDefinition,
  UserServiceService,
  type RegisterRequest,
  type Tokens,
  type UserServiceServer,
} from '@tradewind/proto/user/v1/user';
import { grpcClient, type Caller, type GrpcClient } from '@tradewind/shared/grpc';
import { connectMongo, type Mongo } from '@tradewind/shared/mongo';
import { connectRedis, type ConnectedRedis } from '@tradewind/shared/redis';
import { createLogger } from '@tradewind/shared/telemetry';
import { inject } from 'vitest';
import { startUserService } from '../src/app.ts';
import { readUserConfig, type Config } from '../src/config.ts';

export const admin = { email: 'root@example.org', password: 'first-admin-password' };
export const password = 'correct horse battery staple';
export const log = createLogger('user', 'silent');

export type UserClient = GrpcClient<UserServiceServer>;

export interface UserApp extends AsyncDisposable {
  /** The service as the gateway calls it. */
  readonly client: UserClient;
  readonly clientOf: (caller: Caller, key?: string) => UserClient;
  readonly mongo: Mongo;
  readonly redis: ConnectedRedis;
  readonly config: Config;
}

const callers = ['gateway', 'inventory', 'order', 'notification', 'restock-controller', 'user'] as const;

export function testConfig(database: string): Config {
  const environment = {
    MONGO_URI: inject('mongoUri'),
    MONGO_DB_NAME: database,
    REDIS_ADDR: inject('redisAddr'),
    NATS_URL: inject('natsUrl'),
    HOST: '127.0.0.1',
    PORT: '0',
    CALLER_KEYS: callers.map((caller) => `${caller}=${caller}-key`).join(','),
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
  };
  return { ...readUserConfig(environment), hashing: { concurrency: 2, queue: 200 } };
}

/** The service as a process runs it, on a database of its own, with clients that speak real gRPC. */
export async function startUserApp(change: Partial<Config> = {}): Promise<UserApp> {
  await using stack = new AsyncDisposableStack();
  const config = { ...testConfig(`user-${randomUUID().slice(0, 8)}`), ...change };
  const mongo = stack.use(await connectMongo(config.mongo.uri, config.mongo.database, log));
  const redis = stack.use(connectRedis(config.redis, log));
  const service = stack.use(await startUserService(config, log));
  const owned = stack.move();
  const clientOf = (caller: Caller, key = `${caller}-key`) =>
    owned.use(
      grpcClient<UserServiceServer>(UserServiceService, UserServiceDefinition, {
        target: `127.0.0.1:${service.port}`,
        caller,
        key,
        timeoutMs: 20_000,
      }),
    );
  return {
    client: clientOf('gateway'),
    clientOf,
    mongo,
    redis,
    config,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export const newEmail = (): string => `${randomUUID()}@example.org`;

/** A complete request to register somebody new. */
export function registration(details: Partial<RegisterRequest> = {}): RegisterRequest {
  return { email: newEmail(), username: undefined, name: 'Ada', phone: undefined, password, ...details };
}

export async function logIn(client: UserClient, login: string, secret = password): Promise<Tokens> {
  return await client.authenticate({ login, password: secret, device: 'a browser' });
}

export interface Person {
  readonly id: string;
  readonly email: string;
  /** The first session's tokens. */
  readonly tokens: Tokens;
  /** Call options that speak for this person. */
  readonly as: { readonly token: string };
}

/** Somebody new who has logged in. */
export async function join(client: UserClient, details: Partial<RegisterRequest> = {}): Promise<Person> {
  const request = registration(details);
  const { id, email = '' } = await client.register(request);
  const tokens = await logIn(client, email, request.password);
  return { id, email, tokens, as: { token: tokens.accessToken } };
}

export async function logInAsAdmin(client: UserClient): Promise<Person> {
  const tokens = await logIn(client, admin.email, admin.password);
  return { id: tokens.user?.id ?? '', email: admin.email, tokens, as: { token: tokens.accessToken } };
}

/** A request that changes nothing yet. */
export const noChange = (userId: string) => ({
  userId,
  email: undefined,
  name: undefined,
  phone: undefined,
  newPassword: undefined,
  currentPassword: undefined,
});
