import { join } from 'node:path';
import type { Program } from '../processes/program.ts';
import { freePort } from '../processes/ports.ts';
import { type MongoOptions, type MongoServer, startMongo } from './mongo.ts';
import { type NatsServer, startNats } from './nats.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { findRuntime, type RuntimeOptions } from './runtime.ts';
import type { Server, ServerOptions } from './server.ts';
import type { ServerName } from './wheels.ts';

export interface Servers extends AsyncDisposable {
  readonly mongo: MongoServer;
  /** The members of MongoDB's replica set, `mongo` first. */
  readonly mongoMembers: readonly MongoServer[];
  readonly redis: RedisServer;
  readonly nats: NatsServer;
  readonly mongoUri: string;
  readonly redisAddr: string;
  readonly natsUrl: string;
  /** All processes, for a supervisor. */
  readonly programs: readonly Program[];
}

export interface ServersOptions extends RuntimeOptions {
  /** Each server has a folder in it. */
  readonly dataDir: string;
  readonly logDir: string;
  readonly ports: { readonly mongo: number; readonly redis: number; readonly nats: number };
  readonly mongo?: MongoSettings;
  /** Called with the name of each server once it serves. */
  readonly onReady?: (name: string) => void;
}

/** How MongoDB runs where it is not as usual. */
export interface MongoSettings extends Pick<MongoOptions, 'parameters'> {
  /** Of its replica set; 1 unless given. All but the first take free ports. */
  readonly members?: number;
}

/** Starts MongoDB, Redis and NATS JetStream at once, on the loopback interface only, with data that is kept. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { ports, mongo = {}, onReady = () => undefined, signal } = options;
  const start = async <T extends Server>(
    name: string,
    port: number,
    executable: ServerName,
    starter: (options: ServerOptions) => Promise<T>,
  ): Promise<T> => {
    const server = await starter({
      name,
      port,
      dir: join(options.dataDir, name),
      logFile: join(options.logDir, `${name}.log`),
      runtime: await findRuntime(executable, options),
      signal,
    });
    onReady(name);
    return server;
  };
  const others = await Promise.all(Array.from({ length: (mongo.members ?? 1) - 1 }, freePort));
  const memberPorts = [ports.mongo, ...others];
  const member = (port: number, index: number) => () =>
    start(index === 0 ? 'mongo' : `mongo-${index + 1}`, port, 'mongod', (where) =>
      startMongo({ ...where, memberPorts, parameters: mongo.parameters }),
    );
  return await startAll({
    mongo: memberPorts.map(member),
    redis: () => start('redis', ports.redis, 'redis-server', startRedis),
    nats: () => start('nats', ports.nats, 'nats-server', startNats),
  });
}

/** Starts the three on free ports, with data that is removed with them. */
export async function startTestServers(): Promise<Servers> {
  return await startAll({ mongo: [startMongo], redis: startRedis, nats: startNats });
}

interface Starts {
  /** Of each member. */
  readonly mongo: readonly (() => Promise<MongoServer>)[];
  readonly redis: () => Promise<RedisServer>;
  readonly nats: () => Promise<NatsServer>;
}

async function startAll(start: Starts): Promise<Servers> {
  await using stack = new AsyncDisposableStack();
  const kept = async <T extends Server>(starting: Promise<T>): Promise<T> => stack.use(await starting);
  const members = start.mongo.map((startMember) => kept(startMember()));
  const others = [kept(start.redis()), kept(start.nats())] as const;
  // When one fails, the others are stopped after they have started, not while they do.
  await Promise.allSettled([...members, ...others]);
  const mongoMembers = await Promise.all(members);
  const [redis, nats] = await Promise.all(others);
  const [mongo] = mongoMembers;
  if (!mongo) throw new Error('MongoDB has no member');
  const resources = stack.move();
  return {
    mongo,
    mongoMembers,
    redis,
    nats,
    mongoUri: mongo.uri,
    redisAddr: redis.addr,
    natsUrl: nats.url,
    programs: [...mongoMembers, redis, nats].map(({ program }) => program),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
