import { NatsError, type JetStreamManager, type StoredMsg } from 'nats';

/** Which dead letters: those of one stream, of one consumer, or all. */
export interface DeadLetterFilter {
  readonly stream?: string;
  readonly consumer?: string;
}

const noMessage = '404';

/** The dead letters that lie there now, oldest first; those that arrive meanwhile are for the next time. */
export async function* readDeadLetters(
  admin: JetStreamManager,
  { stream = '*', consumer = '*' }: DeadLetterFilter,
): AsyncGenerator<StoredMsg> {
  const { state } = await admin.streams.info('DEAD');
  let from = state.first_seq;
  while (from <= state.last_seq) {
    const message = await nextFrom(admin, from, `dead.${stream}.${consumer}`);
    if (!message || message.seq > state.last_seq) return;
    yield message;
    from = message.seq + 1;
  }
}

async function nextFrom(
  admin: JetStreamManager,
  seq: number,
  subject: string,
): Promise<StoredMsg | undefined> {
  try {
    // The client's type lacks next_by_subj, which the server's STREAM.MSG.GET takes beside seq.
    const query = { seq, next_by_subj: subject };
    return await admin.streams.getMessage('DEAD', query);
  } catch (error) {
    if (error instanceof NatsError && error.code === noMessage) return undefined;
    throw error;
  }
}
