import { headers, type MsgHdrs, type PubAck } from 'nats';
import { currentTraceparent } from '../telemetry/index.ts';
import { acknowledgedPublisher, type PublishAcknowledged } from './acknowledgements.ts';
import type { Nats } from './connect.ts';
import { ceType, eventTypes, type EventType } from './event-types.ts';
import { publishTo } from './streams.ts';

/** A CloudEvent (1.0, binary mode) on its way to a stream. */
export interface OutgoingEvent {
  /** `ce-id`: the same however often the event is published. */
  readonly id: string;
  readonly type: EventType;
  /** Of the payload; by default the one that this release writes. */
  readonly version?: number | undefined;
  /** JSON with snake_case names. */
  readonly data: object;
  readonly time: Date;
  /** Ends the subject of state events. */
  readonly subjectId?: string | undefined;
  readonly traceparent?: string | undefined;
}

export interface PublishOptions {
  /**
   * `Nats-Msg-Id`, by default the event's id. A repeat needs a fresh one: under the old one even a purged stream answers
   * "duplicate" and stores nothing.
   */
  readonly msgId?: string;
  /** Refuses the message unless the subject's last one has this sequence; 0 means that there is none. */
  readonly expectedLastSequence?: number;
}

export interface EventPublisher {
  /** Resolves when JetStream has stored the event; makes a missing stream. */
  publish: (event: OutgoingEvent, options?: PublishOptions) => Promise<PubAck>;
}

export function eventPublisher(nats: Nats, source: string): EventPublisher {
  let publish: PublishAcknowledged | undefined;
  const send = (event: OutgoingEvent, options: PublishOptions) => {
    publish ??= acknowledgedPublisher(nats.connection);
    return publish(subjectOf(event), JSON.stringify(event.data), headersOf(event, source, options));
  };
  return {
    publish: (event, options = {}) =>
      publishTo(nats, eventTypes[event.type].stream, () => send(event, options)),
  };
}

export const subjectOf = ({ type, subjectId }: Pick<OutgoingEvent, 'type' | 'subjectId'>): string =>
  subjectId === undefined ? type : `${type}.${subjectId}`;

function headersOf(
  event: OutgoingEvent,
  source: string,
  { msgId = event.id, expectedLastSequence }: PublishOptions,
): MsgHdrs {
  const attributes = headers();
  attributes.append('ce-specversion', '1.0');
  attributes.append('ce-id', event.id);
  attributes.append('ce-type', ceType(event.type, event.version));
  attributes.append('ce-source', `/tradewind/${source}`);
  attributes.append('ce-time', event.time.toISOString());
  attributes.append('content-type', 'application/json');
  const traceparent = event.traceparent ?? currentTraceparent();
  if (traceparent !== undefined) attributes.append('traceparent', traceparent);
  if (expectedLastSequence === undefined) attributes.append('Nats-Msg-Id', msgId);
  else attributes.append('Nats-Expected-Last-Subject-Sequence', String(expectedLastSequence));
  return attributes;
}
