import type { JsMsg } from 'nats';
import type { Classifier } from '../errors/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { eventTypes, type EventType } from './event-types.ts';
import type { ReceivedEvent } from './received-event.ts';
import type { StreamName } from './streams.ts';

export interface ConsumerOptions<T extends EventType> {
  /** The durable name; replicas with the same name share the messages. */
  readonly durable: string;
  /** Event types of one stream. */
  readonly types: readonly T[];
  /** At most this many events at once. */
  readonly maxBatch?: number;
  /** A batch that is not full waits so long for more; for work that nobody waits for. */
  readonly lingerMs?: number;
  /**
   * Handles events in the order received; all of them are acknowledged when it resolves. It must take repeats.
   * A DataError dead-letters; an UNAVAILABLE (see classifiers) pauses pulling and repeats the batch, using up no tries;
   * anything else halves the batch until the culprit stands alone, which is then put back with a delay.
   */
  readonly handle: (events: readonly ReceivedEvent<T>[]) => Promise<void>;
  /** What the handler's failures mean. */
  readonly classifiers?: readonly Classifier[];
  readonly log: Logger;
  /** Unacknowledged for this long, a message is delivered again; the connection says it for all its consumers. */
  readonly ackWaitMs?: number;
}

export interface Leased {
  readonly ackWaitMs: number;
}

export const batchSize = ({ maxBatch = 200 }: { readonly maxBatch?: number }): number => maxBatch;

/** The stream that all of the types are on. */
export function streamOf(types: readonly EventType[]): StreamName {
  const names = new Set(types.map((type) => eventTypes[type].stream));
  const [name] = names;
  if (name === undefined || names.size > 1)
    throw new Error(`a consumer reads one stream, not ${[...names].join(', ')}`);
  return name;
}

/** What waits here must not be delivered to another replica meanwhile. */
export function stillWorking(messages: () => readonly JsMsg[], { ackWaitMs }: Leased): NodeJS.Timeout {
  return setInterval(() => {
    for (const message of messages()) message.working();
  }, ackWaitMs / 3);
}
