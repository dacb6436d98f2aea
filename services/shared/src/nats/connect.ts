import { setTimeout as delay } from 'node:timers/promises';
import { connect, Events, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats';
import { unavailable } from '../errors/index.ts';
import { keepTrying } from '../run/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { serverOptions, type NatsCredentials } from './credentials.ts';

export interface Nats extends AsyncDisposable {
  /** Resolves when the server is there for the first time, and rejects when this is disposed of before. */
  readonly connected: Promise<NatsConnection>;
  /** @throws TradewindError UNAVAILABLE before `connected`, and so do the other two */
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  /** The stream administration; asked for when needed, since JetStream may be away at start. */
  readonly admin: () => Promise<JetStreamManager>;
  /** What a consumer leaves unacknowledged for this long is delivered again. */
  readonly ackWaitMs: number;
  /** How many nodes keep each stream; undefined leaves that to the server. */
  readonly streamReplicas: number | undefined;
}

export interface NatsOptions extends NatsCredentials {
  /** How many nodes keep each stream; by default 1 of a new one, and of one that is there as many as do. */
  readonly streamReplicas?: number | undefined;
  /** How often the server is asked whether it is still there; the third question without an answer ends the connection. */
  readonly pingMs?: number | undefined;
  readonly ackWaitMs?: number | undefined;
}

/** How long JetStream may take for an answer. */
export const answerMs = 3_000;
const startupMs = 2_000;
const redialMs = 250;

/** Resolves when the server is there, however long that takes; a connection lost later is made again, for ever. */
export async function connectNats(
  url: string,
  name: string,
  log: Logger,
  options: NatsOptions = {},
): Promise<Nats> {
  const nats = dialNats(url, name, log, options);
  await nats.connected;
  return nats;
}

/**
 * Resolves when the server is there, or after two seconds without it: it is then looked for in the background and for
 * ever, and what needs it fails until it comes.
 */
export async function openNats(
  url: string,
  name: string,
  log: Logger,
  options: NatsOptions = {},
): Promise<Nats> {
  const nats = dialNats(url, name, log, options);
  const patience = new AbortController();
  await Promise.race([
    nats.connected,
    delay(startupMs, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  return nats;
}

function dialNats(url: string, name: string, log: Logger, options: NatsOptions): Nats {
  const { streamReplicas, pingMs = 10_000, ackWaitMs = 10_000 } = options;
  const stop = new AbortController();
  let present: NatsConnection | undefined;

  async function dial(): Promise<NatsConnection> {
    present = await connect({
      ...serverOptions(url, options),
      name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: redialMs,
      timeout: 2_000,
      pingInterval: pingMs,
      maxPingOut: 2,
      // A server that comes back before its users do is tried again too.
      ignoreAuthErrorAbort: true,
      // Each publication would make an Error for its stack.
      noAsyncTraces: true,
    });
    void logStatus(present, log);
    return present;
  }

  const connected = keepTrying({ name: 'nats', pauseMs: redialMs, log, signal: stop.signal }, dial);
  connected.catch(() => undefined);
  const connection = (): NatsConnection => {
    if (!present) throw unavailable('the event stream');
    return present;
  };
  return {
    connected,
    get connection() {
      return connection();
    },
    get js() {
      return connection().jetstream({ timeout: answerMs });
    },
    admin: async () => await connection().jetstreamManager({ checkAPI: false, timeout: answerMs }),
    ackWaitMs,
    streamReplicas,
    async [Symbol.asyncDispose]() {
      stop.abort();
      const last = await connected.catch(() => undefined);
      if (last && !last.isClosed()) await last.drain().catch(() => last.close());
    },
  };
}

const worthTelling: readonly string[] = [Events.Disconnect, Events.Reconnect, Events.Error];

async function logStatus(connection: NatsConnection, log: Logger): Promise<void> {
  for await (const { type, data } of connection.status()) {
    if (worthTelling.includes(type)) log.warn({ data }, `nats ${type}`);
  }
}
