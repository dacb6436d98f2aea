import { randomUUID } from 'node:crypto';
import { isMissing, isWrongLastSequence } from '@tradewind/shared/nats';
import type { JetStreamClient, JetStreamManager } from 'nats';
import type { DeadLetter } from './dead-letter.ts';

/**
 * Superseded: a newer state of the same thing was published since, and the dead one must not come after it. Incomplete:
 * the letter lacks a part of its message.
 */
export type Outcome = 'replayed' | 'superseded' | 'stream missing' | 'incomplete';

export interface JetStream {
  readonly js: JetStreamClient;
  readonly admin: JetStreamManager;
}

/**
 * Publishes the letter again where it was published first. It leaves DEAD only after that is acknowledged: a crash in
 * between publishes it twice, which consumers take.
 */
export async function replayLetter(jetStream: JetStream, letter: DeadLetter): Promise<Outcome> {
  if (letter.omitted !== '') return 'incomplete';
  const outcome = await publishAgain(jetStream, letter);
  if (outcome !== 'stream missing')
    await jetStream.admin.streams.deleteMessage('DEAD', letter.sequence, false);
  return outcome;
}

async function publishAgain({ js, admin }: JetStream, letter: DeadLetter): Promise<Outcome> {
  try {
    const lastValueOnly = await keepsLastValueOnly(admin, letter.stream);
    await js.publish(letter.subject, letter.body, {
      headers: letter.headers,
      // The old id would be taken for a duplicate, and nothing stored.
      msgID: randomUUID(),
      expect: {
        streamName: letter.stream,
        ...(lastValueOnly ? { lastSubjectSequence: letter.originalSequence } : {}),
      },
    });
    return 'replayed';
  } catch (error) {
    if (isWrongLastSequence(error)) return 'superseded';
    if (isMissing(error)) return 'stream missing';
    throw error;
  }
}

async function keepsLastValueOnly(admin: JetStreamManager, stream: string): Promise<boolean> {
  return (await admin.streams.info(stream)).config.max_msgs_per_subject === 1;
}
