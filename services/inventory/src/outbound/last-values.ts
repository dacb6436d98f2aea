import { LRUCache } from 'lru-cache';
import type { StoredMsg } from 'nats';
import {
  eventPublisher,
  eventTypes,
  isMissing,
  isWrongLastSequence,
  subjectOf,
  type Nats,
  type OutgoingEvent,
} from '@tradewind/shared/nats';

/** What a last-value stream holds of a subject. */
interface LastValue {
  /** The message's stream sequence; 0 when there is none. */
  readonly sequence: number;
  readonly version: number;
}

type Subject = Pick<OutgoingEvent, 'type' | 'subjectId'>;

export interface LastValues {
  /** Learns what the stream holds of the subject, unless it is known; to be called before the value to publish is read. */
  learn: (subject: Subject) => Promise<void>;
  /** Asks the stream again: what this process knows may be of a stream that was lost since. */
  relearn: (subject: Subject) => Promise<void>;
  /**
   * Publishes a value unless the stream holds it or a newer one.
   * @returns false when somebody published since `learn`: read the value again
   */
  publish: (event: OutgoingEvent, version: number) => Promise<boolean>;
}

const nothing: LastValue = { sequence: 0, version: -1 };

/**
 * Writes streams that keep the last message of each subject. A message is stored only against the sequence that was known
 * before its value was read, so that a stalled writer cannot put back an old one.
 */
export function lastValues(nats: Nats, source: string): LastValues {
  const publisher = eventPublisher(nats, source);
  const known = new LRUCache<string, LastValue>({ max: 200_000 });

  async function fetchLast({ type, subjectId }: Subject): Promise<LastValue> {
    const admin = await nats.admin();
    try {
      const last = await admin.streams.getMessage(eventTypes[type].stream, {
        last_by_subj: subjectOf({ type, subjectId }),
      });
      return { sequence: last.seq, version: versionOf(last) };
    } catch (error) {
      if (isMissing(error) || isNoMessage(error)) return nothing;
      throw error;
    }
  }

  async function relearn(subject: Subject): Promise<void> {
    known.set(subjectOf(subject), await fetchLast(subject));
  }

  return {
    relearn,
    async learn(subject) {
      if (!known.has(subjectOf(subject))) await relearn(subject);
    },
    async publish(event, version) {
      const subject = subjectOf(event);
      const last = known.get(subject) ?? nothing;
      if (last.version >= version) return true;
      try {
        const { seq: sequence } = await publisher.publish(event, { expectedLastSequence: last.sequence });
        known.set(subject, { sequence, version });
        return true;
      } catch (error) {
        known.delete(subject);
        if (isWrongLastSequence(error)) return false;
        throw error;
      }
    },
  };
}

/** A message that is none of ours has no version, so that anything replaces it. */
function versionOf(message: StoredMsg): number {
  try {
    return message.json<{ readonly version?: number } | null>()?.version ?? nothing.version;
  } catch {
    return nothing.version;
  }
}

/** The stream is there, but has no message on the subject. */
const isNoMessage = (error: unknown): boolean =>
  error instanceof Error && /no message found/.test(error.message);
