import { firstAnswer } from '../processes/ports.ts';
import { waitFor } from '../processes/wait-for.ts';
import { type Server, type ServerKind, type ServerOptions, startServer } from './server.ts';

export interface NatsServer extends Server {
  readonly url: string;
}

export interface NatsOptions extends ServerOptions {
  /** Arguments beside those that a server of this machine has anyway. */
  readonly args?: readonly string[];
}

const nats = (more: readonly string[]): ServerKind => ({
  name: 'nats-server',
  args: ({ dir, host }, port) => [
    ...['--addr', host, '--port', String(port), '--jetstream', '--store_dir', `${dir}/data`],
    ...more,
  ],
  ready: async (port, signal) => {
    // The server introduces itself; it says so when JetStream is on.
    await waitFor(async () => (await firstAnswer(port)).includes('"jetstream":true'), signal);
  },
});

/** Starts a NATS server with JetStream: cheap enough for each test file to have its own. */
export async function startNats({ args = [], ...options }: NatsOptions = {}): Promise<NatsServer> {
  const server = await startServer(nats(args), options);
  return { ...server, url: `nats://127.0.0.1:${server.port}` };
}
