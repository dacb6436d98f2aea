import { createTokenVerifier, watchRevocations } from '@tradewind/shared/auth';
import { serveGrpc } from '@tradewind/shared/grpc';
import { connectMongo, migrate, mongoFailure } from '@tradewind/shared/mongo';
import { eventPublisher, openNats } from '@tradewind/shared/nats';
import { publishOwedEvents, type OwingDocument } from '@tradewind/shared/outbox';
import { connectRedis, redisFailure } from '@tradewind/shared/redis';
import type { Logger } from '@tradewind/shared/telemetry';
import { openAccessTokens } from './access-tokens.ts';
import type { Config } from './config.ts';
import { ensureFirstAdmin } from './first-admin.ts';
import { migrations } from './migrations.ts';
import { limitedPasswords } from './passwords.ts';
import { profileCache } from './profile-cache.ts';
import { sessionStore } from './sessions.ts';
import { userService } from './user-service.ts';
import { userStore } from './user-store.ts';

export interface UserApp extends AsyncDisposable {
  /** The port of the gRPC server. */
  readonly port: number;
}

export async function startUserService(config: Config, log: Logger): Promise<UserApp> {
  await using stack = new AsyncDisposableStack();
  const mongo = stack.use(await connectMongo(config.mongo.uri, config.mongo.database, log, config.mongo));
  await migrate(mongo.db, migrations, log);
  const redis = stack.use(connectRedis(config.redis, log));
  const nats = stack.use(await openNats(config.natsUrl, 'user', log, config.natsOptions));
  const accessTokens = stack.use(await openAccessTokens(mongo.db, config, log));
  const revocations = stack.use(await watchRevocations(redis, log));
  const events = stack.use(
    publishOwedEvents({
      nats,
      publisher: eventPublisher(nats, 'user'),
      collection: mongo.db.collection<OwingDocument>('users'),
      streams: ['USERS'],
      ...config.owedTimes,
      log,
    }),
  );
  const context = {
    users: userStore(mongo, events),
    sessions: sessionStore(redis, config.sessions, config.accessTokenTtlMs),
    passwords: limitedPasswords(config.hashing),
    accessTokens,
    cache: profileCache(redis, log),
    events,
  };
  if (config.firstAdmin) await ensureFirstAdmin(config.firstAdmin, context, log);
  const verifier = createTokenVerifier({
    fetchKeys: () => Promise.resolve(accessTokens.publicKeys()),
    secret: config.jwtSecret,
    isRevoked: revocations.has,
  });
  const server = stack.use(
    await serveGrpc({
      ...config.grpc,
      services: [userService(context)],
      verifier,
      classifiers: [mongoFailure, redisFailure],
      log,
    }),
  );
  const owned = stack.move();
  return { port: server.port, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
