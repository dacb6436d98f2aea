import { randomUUID } from 'node:crypto';
import { AckPolicy, headers, StringCodec, type ConsumerInfo, type MsgHdrs } from 'nats';
import { startNats, type NatsServer } from '@tradewind/local/servers';
import {
  connectNats,
  consumeEvents,
  ensureStream,
  type ConsumerOptions,
  type Nats,
} from '../src/nats/index.ts';
import { createLogger } from '../src/telemetry/index.ts';

export const log = createLogger('test', 'silent');

type UserCreated = 'user.created';
export type Handle = ConsumerOptions<UserCreated>['handle'];

export interface DeadLetter {
  readonly subject: string;
  readonly body: string;
  readonly header: (name: string) => string;
}

/** A NATS server of its own, and the stream USERS, whose events carry a name as their user id. */
export interface EventKit extends AsyncDisposable {
  readonly server: NatsServer;
  readonly nats: Nats;
  /** Publishes one event for each name; the attributes replace the proper ones, and an empty one is left out. */
  readonly publish: (names: readonly string[], attributes?: Record<string, string>) => Promise<void>;
  readonly publishBody: (body: string, attributes?: Record<string, string>) => Promise<void>;
  /** Publishes just this, which need not be an event. */
  readonly publishRaw: (body: string, carried?: MsgHdrs) => Promise<void>;
  readonly consume: (
    handle: Handle,
    options?: Partial<ConsumerOptions<UserCreated>> & { readonly nats?: Nats },
  ) => AsyncDisposable;
  /** Lets the consumer take all messages this many times, and put them back each time. */
  readonly putBack: (times: number) => Promise<void>;
  readonly consumer: () => Promise<ConsumerInfo>;
  readonly deadLetters: () => Promise<readonly DeadLetter[]>;
}

export const durable = 'test';

export async function startEventKit(): Promise<EventKit> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startNats());
  const nats = stack.use(await connectNats(server.url, 'test', log));
  const admin = await nats.admin();
  // When the last stream goes, nats-server removes their folder at leisure, and a new stream may miss it.
  await ensureStream(admin, 'ORDERS');
  await ensureStream(admin, 'USERS');
  const publishRaw = async (body: string, carried = headers()) => {
    await nats.js.publish('user.created', body, { headers: carried });
  };
  const publishBody = async (body: string, attributes: Record<string, string> = {}) => {
    const all = {
      'ce-id': randomUUID(),
      'ce-type': 'dev.tradewind.user.created.v1',
      'ce-time': new Date().toISOString(),
      ...attributes,
    };
    const carried = headers();
    for (const [name, value] of Object.entries(all)) if (value !== '') carried.set(name, value);
    await publishRaw(body, carried);
  };
  const resources = stack.move();
  return {
    server,
    nats,
    publishBody,
    publishRaw,
    publish: async (names, attributes) => {
      for (const name of names) await publishBody(JSON.stringify({ user_id: name }), attributes);
    },
    consume: (handle, options) =>
      consumeEvents(options?.nats ?? nats, { durable, types: ['user.created'], log, handle, ...options }),
    putBack: async (times) => {
      await admin.consumers.add('USERS', { durable_name: durable, ack_policy: AckPolicy.Explicit });
      const { num_pending: count } = await admin.consumers.info('USERS', durable);
      const consumer = await nats.js.consumers.get('USERS', durable);
      for (let round = 0; round < times; round += 1) {
        for await (const message of await consumer.fetch({ max_messages: count, expires: 5_000 }))
          message.nak();
      }
    },
    consumer: async () => (await nats.admin()).consumers.info('USERS', durable),
    deadLetters: () => readDeadLetters(nats),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function readDeadLetters({ admin }: Nats): Promise<readonly DeadLetter[]> {
  const { streams } = await admin();
  const count = await streams.info('DEAD').then(
    ({ state }) => state.messages,
    () => 0,
  );
  const letters: DeadLetter[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    const { subject, data, header } = await streams.getMessage('DEAD', { seq });
    letters.push({ subject, body: StringCodec().decode(data), header: (name) => header.get(name) });
  }
  return letters;
}

/** Headers that this text stands for, which the client library would not write. */
export const headersOf = (text: string): MsgHdrs =>
  Object.assign(headers(), { encode: () => Buffer.from(`NATS/1.0\r\n${text}\r\n\r\n`) });

/** A promise that a test resolves when it wants something to go on. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    open: () => {
      resolve(undefined);
    },
    opened: promise.then(() => undefined),
  };
}

/** The names that the events carry. */
export const namesOf = (events: Parameters<Handle>[0]): string[] => events.map(({ data }) => data.userId);

export const patience = { timeout: 15_000, interval: 20 };
