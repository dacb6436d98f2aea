import { isMissing, serverOptions } from '@tradewind/shared/nats';
import { connect, type NatsConnection } from 'nats';
import { parseDeadLetter, type DeadLetter } from './dead-letter.ts';
import { readDeadLetters, type DeadLetterFilter } from './dead-letters.ts';
import { replayLetter, type JetStream, type Outcome } from './replay-letter.ts';

export interface ReplayOptions extends DeadLetterFilter {
  readonly natsUrl: string;
  readonly natsUser?: string | undefined;
  readonly natsPassword?: string | undefined;
  /** Only looks. */
  readonly dryRun?: boolean;
  /** How many letters at most. */
  readonly limit?: number;
  readonly signal: AbortSignal;
}

/** What became of one letter; one that does not say where it came from stays where it is. */
export type ReplayedLetter =
  | { readonly outcome: Outcome | 'dead'; readonly letter: DeadLetter }
  | { readonly outcome: 'unreadable'; readonly sequence: number };

/** Puts dead letters back where they came from, one by one, oldest first. Nothing to do is no error. */
export async function* runReplay(options: ReplayOptions): AsyncGenerator<ReplayedLetter> {
  const { dryRun = false, limit = Infinity, signal } = options;
  await using connection = await open(options);
  const jetStream = {
    js: connection.nats.jetstream(),
    admin: await connection.nats.jetstreamManager(),
  };
  let count = 0;
  try {
    for await (const message of readDeadLetters(jetStream.admin, options)) {
      if (count >= limit || signal.aborted) return;
      count += 1;
      const letter = parseDeadLetter(message);
      yield letter
        ? await handle(letter, jetStream, dryRun)
        : { outcome: 'unreadable', sequence: message.seq };
    }
  } catch (error) {
    if (!isMissing(error)) throw error; // no stream DEAD: nothing ever died
  }
}

async function handle(letter: DeadLetter, jetStream: JetStream, dryRun: boolean): Promise<ReplayedLetter> {
  return { letter, outcome: dryRun ? 'dead' : await replayLetter(jetStream, letter) };
}

async function open({
  natsUrl,
  natsUser,
  natsPassword,
}: ReplayOptions): Promise<AsyncDisposable & { readonly nats: NatsConnection }> {
  const nats = await connect({
    ...serverOptions(natsUrl, { user: natsUser, password: natsPassword }),
    name: 'tradewind-replay',
    maxReconnectAttempts: 5,
  });
  return { nats, [Symbol.asyncDispose]: () => nats.close() };
}
