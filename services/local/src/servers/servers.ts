import { join } from 'node:path';
import type { Program } from '../processes/program.ts';
import { type MongoServer, startMongo } from './mongo.ts';
import { type NatsServer, startNats } from './nats.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { findRuntime, type RuntimeOptions } from './runtime.ts';
import type { Server, ServerOptions } from './server.ts';
import type { ServerName } from './wheels.ts';

export interface Servers extends AsyncDisposable {
  readonly mongo: MongoServer;
  readonly redis: RedisServer;
  readonly nats: NatsServer;
  readonly mongoUri: string;
  readonly redisAddr: string;
  readonly natsUrl: string;
  /** The three processes, for a supervisor. */
  readonly programs: readonly Program[];
}

export interface ServersOptions extends RuntimeOptions {
  /** Each server has a folder in it. */
  readonly dataDir: string;
  readonly logDir: string;
  readonly ports: { readonly mongo: number; readonly redis: number; readonly nats: number };
  /** Called with the name of each server once it serves. */
  readonly onReady?: (name: string) => void;
}

/** Starts MongoDB, Redis and NATS JetStream at once, on the loopback interface only, with data that is kept. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { onReady = () => undefined } = options;
  const start = async <T extends Server>(
    name: 'mongo' | 'redis' | 'nats',
    executable: ServerName,
    starter: (options: ServerOptions) => Promise<T>,
  ): Promise<T> => {
    const server = await starter({
      name,
      dir: join(options.dataDir, name),
      logFile: join(options.logDir, `${name}.log`),
      port: options.ports[name],
      runtime: await findRuntime(executable, options),
    });
    onReady(name);
    return server;
  };
  return await startAll({
    mongo: () => start('mongo', 'mongod', startMongo),
    redis: () => start('redis', 'redis-server', startRedis),
    nats: () => start('nats', 'nats-server', startNats),
  });
}

/** Starts the three on free ports, with data that is removed with them. */
export async function startTestServers(): Promise<Servers> {
  return await startAll({ mongo: startMongo, redis: startRedis, nats: startNats });
}

interface Starts {
  readonly mongo: () => Promise<MongoServer>;
  readonly redis: () => Promise<RedisServer>;
  readonly nats: () => Promise<NatsServer>;
}

async function startAll(start: Starts): Promise<Servers> {
  await using stack = new AsyncDisposableStack();
  const kept = async <T extends Server>(starting: Promise<T>): Promise<T> => stack.use(await starting);
  const all = [kept(start.mongo()), kept(start.redis()), kept(start.nats())] as const;
  // When one fails, the others are stopped after they have started, not while they do.
  await Promise.allSettled(all);
  const [mongo, redis, nats] = await Promise.all(all);
  const resources = stack.move();
  return {
    mongo,
    redis,
    nats,
    mongoUri: mongo.uri,
    redisAddr: redis.addr,
    natsUrl: nats.url,
    programs: [mongo.program, redis.program, nats.program],
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
