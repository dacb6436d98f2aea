import { connect, Events, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats';
import type { Logger } from '../telemetry/index.ts';

export interface Nats extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  /** The stream administration; asked for when needed, since JetStream may be away at start. */
  readonly admin: () => Promise<JetStreamManager>;
}

/** Resolves when the server is there, however long that takes; a connection lost later is made again, for ever. */
export async function connectNats(url: string, name: string, log: Logger): Promise<Nats> {
  const connection = await connect({
    servers: url.split(','),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    timeout: 2_000,
    pingInterval: 10_000,
    maxPingOut: 2,
  });
  void logStatus(connection, log);
  const manager = () => connection.jetstreamManager({ checkAPI: false, timeout: 3_000 });
  return {
    connection,
    js: connection.jetstream({ timeout: 3_000 }),
    admin: manager,
    async [Symbol.asyncDispose]() {
      if (!connection.isClosed()) await connection.drain().catch(() => connection.close());
    },
  };
}

const worthTelling: readonly string[] = [Events.Disconnect, Events.Reconnect, Events.Error];

async function logStatus(connection: NatsConnection, log: Logger): Promise<void> {
  for await (const { type, data } of connection.status()) {
    if (worthTelling.includes(type)) log.warn({ data }, `nats ${type}`);
  }
}
