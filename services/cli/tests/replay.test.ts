import { randomUUID } from 'node:crypto';
import { startNats, type NatsServer } from '@tradewind/local/servers';
import { deadLetterHeaders, ensureStream, streams, type StreamName } from '@tradewind/shared/nats';
import { connect, headers, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from '../src/config.ts';
import { runReplay, type ReplayedLetter, type ReplayOptions } from '../src/replay/run-replay.ts';
import { run } from '../src/run.ts';

let server: NatsServer;
let nats: NatsConnection;
let js: JetStreamClient;
let admin: JetStreamManager;

beforeAll(async () => {
  server = await startNats();
  nats = await connect({ servers: server.url });
  js = nats.jetstream();
  admin = await nats.jetstreamManager();
});

afterAll(async () => {
  await nats.close();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const name of Object.keys(streams) as StreamName[]) {
    await ensureStream(admin, name);
    // Not deleted: when its last stream goes, nats-server removes their folder at leisure, and a new stream may miss it.
    await admin.streams.purge(name);
  }
});

/** Publishes a message, and lays it dead as a consumer would that gave up on it. */
async function die(
  stream: string,
  subject: string,
  body: string,
  consumer = 'inventory',
  omitted?: string,
): Promise<number> {
  const original = headers();
  original.set('ce-id', `id of ${body}`);
  // A purged stream still takes a known message id for a duplicate.
  const { seq } = await js.publish(subject, body, { headers: original, msgID: randomUUID() });
  const dead = headers();
  dead.set('ce-id', `id of ${body}`);
  dead.set(deadLetterHeaders.subject, subject);
  dead.set(deadLetterHeaders.stream, stream);
  dead.set(deadLetterHeaders.sequence, String(seq));
  dead.set(deadLetterHeaders.consumer, consumer);
  dead.set(deadLetterHeaders.reason, 'not understood');
  dead.set(deadLetterHeaders.deliveries, '1');
  if (omitted !== undefined) dead.set(deadLetterHeaders.omitted, omitted);
  return (await js.publish(`dead.${stream}.${consumer}`, body, { headers: dead })).seq;
}

async function replay(options: Partial<ReplayOptions> = {}): Promise<readonly ReplayedLetter[]> {
  const { signal } = new AbortController();
  return await Array.fromAsync(runReplay({ natsUrl: server.url, signal, ...options }));
}

const outcomes = (letters: readonly ReplayedLetter[]) => letters.map(({ outcome }) => outcome);
const countIn = async (stream: string) => (await admin.streams.info(stream)).state.messages;

describe('tradewind replay', () => {
  it('puts a dead letter back as it was first published, and takes it out of DEAD', async () => {
    await die('ORDERS', 'order.created', 'one');
    expect(outcomes(await replay())).toEqual(['replayed']);
    const again = await admin.streams.getMessage('ORDERS', { last_by_subj: 'order.created' });
    expect(again.string()).toBe('one');
    expect(again.header.get('ce-id')).toBe('id of one');
    expect(again.header.keys().filter((key) => key.startsWith('Tradewind-'))).toEqual([]);
    expect(await countIn('ORDERS')).toBe(2);
    expect(await countIn('DEAD')).toBe(0);
  });

  it('replays the last state of a product, so that its consumer sees it again', async () => {
    await die('LEVELS', 'stock.level.p1', 'five left');
    expect(outcomes(await replay())).toEqual(['replayed']);
    expect(await countIn('DEAD')).toBe(0);
  });

  it('does not put an old state after a newer one', async () => {
    await die('LEVELS', 'stock.level.p1', 'five left');
    await js.publish('stock.level.p1', 'four left');
    expect(outcomes(await replay())).toEqual(['superseded']);
    expect((await admin.streams.getMessage('LEVELS', { last_by_subj: 'stock.level.p1' })).string()).toBe(
      'four left',
    );
    expect(await countIn('DEAD')).toBe(0);
  });

  it('takes only those of the stream and consumer asked for, the oldest first, up to the limit', async () => {
    await die('ORDERS', 'order.created', 'one', 'notification');
    const second = await die('ORDERS', 'order.created', 'two');
    await die('LEVELS', 'stock.level.p2', 'three');
    await die('ORDERS', 'order.created', 'four');
    const letters = await replay({ stream: 'ORDERS', consumer: 'inventory', limit: 1 });
    expect(letters).toMatchObject([{ outcome: 'replayed', letter: { sequence: second } }]);
    expect(await countIn('DEAD')).toBe(3);
  });

  it('only looks in a dry run', async () => {
    await die('ORDERS', 'order.created', 'one');
    expect(outcomes(await replay({ dryRun: true }))).toEqual(['dead']);
    expect(await countIn('DEAD')).toBe(1);
    expect(await countIn('ORDERS')).toBe(1);
  });

  it('keeps what it cannot put back', async () => {
    await js.publish('dead.ORDERS.inventory', 'from nowhere');
    await die('ORDERS', 'order.created', 'one');
    await admin.streams.delete('ORDERS');
    expect(outcomes(await replay())).toEqual(['unreadable', 'stream missing']);
    expect(await countIn('DEAD')).toBe(2);
  });

  it('keeps a letter that lacks a part of its message, and says where the message is', async () => {
    await die('ORDERS', 'order.created', '', 'inventory', 'body');
    expect(await runCli()).toEqual({
      exitCode: 1,
      lines: [
        expect.stringMatching(/^SEQ/),
        expect.stringMatching(/ incomplete +not understood; without its body: see message \d+ of ORDERS$/),
        '1 incomplete',
      ],
    });
    expect(await countIn('ORDERS')).toBe(1);
    expect(await countIn('DEAD')).toBe(1);
  });

  it('has nothing to do, without an error, where nothing is dead or ever was', async () => {
    expect(await replay()).toEqual([]);
    await admin.streams.delete('DEAD');
    expect(await replay()).toEqual([]);
  });

  it('shows a table, and exits with 1 when something stays dead', async () => {
    await die('ORDERS', 'order.created', 'one');
    expect(await runCli()).toEqual({
      exitCode: 0,
      lines: [
        expect.stringMatching(/^SEQ +SUBJECT +CONSUMER +TRIES +SINCE +OUTCOME +REASON$/),
        expect.stringMatching(/order\.created +inventory +1 +\S+ +replayed +not understood$/),
        '1 replayed',
      ],
    });
    expect(await runCli()).toEqual({ exitCode: 0, lines: ['no dead letters'] });
    await js.publish('dead.ORDERS.inventory', 'from nowhere');
    expect(await runCli()).toMatchObject({ exitCode: 1 });
  });

  it('logs in where the server asks for it', async () => {
    await using guarded = await startNats({ args: ['--user', 'tradewind', '--pass', 'secret'] });
    const environment = { NATS_URL: guarded.url, NATS_USER: 'tradewind', NATS_PASSWORD: 'secret' };
    expect(await runCli(environment)).toEqual({ exitCode: 0, lines: ['no dead letters'] });
    expect(await runCli({ NATS_URL: guarded.url })).toMatchObject({ exitCode: 1 });
  });
});

async function runCli(
  environment: NodeJS.ProcessEnv = { NATS_URL: server.url },
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const exitCode = await run(['replay'], {
    environment: readEnvironment(environment),
    signal: new AbortController().signal,
    stdin: process.stdin,
    print: (line) => lines.push(line),
    warn: (line) => lines.push(line),
    exitCode: 0,
  });
  return { exitCode, lines };
}
