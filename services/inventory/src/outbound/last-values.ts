import { LRUCache } from 'lru-cache';
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

export interface LastValues {
  /** Learns what the stream holds of the event's subject; to be called before the value to publish is read. */
  learn: (event: Pick<OutgoingEvent, 'type' | 'subjectId'>) => Promise<void>;
  /**
   * Publishes a value unless the stream holds it or a newer one.
   * @returns false when somebody published since `learn`: read the value again
   */
  publish: (event: OutgoingEvent, version: number) => Promise<boolean>;
  /** Forgets all, because a stream was made anew. */
  clear: () => void;
}

const nothing: LastValue = { sequence: 0, version: -1 };

/**
 * Writes streams that keep the last message of each subject. A message is stored only against the sequence that was known
 * before its value was read, so that a stalled writer cannot put back an old one.
 */
export function lastValues(nats: Nats, source: string): LastValues {
  const publisher = eventPublisher(nats, source);
  const known = new LRUCache<string, LastValue>({ max: 200_000 });

  async function fetchLast(event: Pick<OutgoingEvent, 'type' | 'subjectId'>): Promise<LastValue> {
    const admin = await nats.admin();
    const subject = subjectOf(event);
    try {
      const last = await admin.streams.getMessage(eventTypes[event.type].stream, { last_by_subj: subject });
      return { sequence: last.seq, version: last.json<{ version?: number }>().version ?? 0 };
    } catch (error) {
      if (isMissing(error) || isNoMessage(error)) return nothing;
      throw error;
    }
  }

  return {
    async learn(event) {
      const subject = subjectOf(event);
      if (!known.has(subject)) known.set(subject, await fetchLast(event));
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
    clear: () => {
      known.clear();
    },
  };
}

/** The stream is there, but has no message on the subject. */
const isNoMessage = (error: unknown): boolean =>
  error instanceof Error && /no message found/.test(error.message);
