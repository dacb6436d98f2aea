import { firstAnswer } from '../processes/ports.ts';
import { waitFor } from '../processes/wait-for.ts';
import { type Server, type ServerKind, type ServerOptions, startServer } from './server.ts';

export interface RedisServer extends Server {
  /** `host:port` */
  readonly addr: string;
}

const redis: ServerKind = {
  name: 'redis-server',
  args: ({ dir, host }, port) => [
    ...['--port', String(port), '--bind', host, '--protected-mode', 'no'],
    ...['--dir', `${dir}/data`, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
  ],
  ready: async (port, signal) => {
    await waitFor(async () => (await firstAnswer(port, 'PING\r\n')).startsWith('+PONG'), signal);
  },
};

/** Starts Redis, which writes what it holds to an append-only file each second. */
export async function startRedis(options: ServerOptions = {}): Promise<RedisServer> {
  const server = await startServer(redis, options);
  return { ...server, addr: `127.0.0.1:${server.port}` };
}
