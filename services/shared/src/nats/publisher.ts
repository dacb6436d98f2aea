import { headers, type MsgHdrs, type PubAck } from 'nats';
import { currentTraceparent } from '../telemetry/index.ts';
import type { Nats } from './connect.ts';
import { ceType, eventTypes, type EventType } from './event-types.ts';
import { publishTo } from './streams.ts';

/** A CloudEvent (1.0, binary mode) on its way to a stream. */
export interface OutgoingEvent {
  /** `ce-id`: the same however often the event is published. */
  readonly id: string;
  readonly type: EventType;
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
  const send = async (event: OutgoingEvent, options: PublishOptions) => {
    const expect =
      options.expectedLastSequence === undefined
        ? {}
        : { expect: { lastSubjectSequence: options.expectedLastSequence } };
    return await nats.js.publish(subjectOf(event), JSON.stringify(event.data), {
      headers: cloudEventHeaders(event, source),
      ...(options.expectedLastSequence === undefined ? { msgID: options.msgId ?? event.id } : {}),
      ...expect,
    });
  };
  return {
    publish: (event, options = {}) =>
      publishTo(nats, eventTypes[event.type].stream, () => send(event, options)),
  };
}

export const subjectOf = ({ type, subjectId }: Pick<OutgoingEvent, 'type' | 'subjectId'>): string =>
  subjectId === undefined ? type : `${type}.${subjectId}`;

function cloudEventHeaders(event: OutgoingEvent, source: string): MsgHdrs {
  const attributes = headers();
  attributes.set('ce-specversion', '1.0');
  attributes.set('ce-id', event.id);
  attributes.set('ce-type', ceType(event.type));
  attributes.set('ce-source', `/tradewind/${source}`);
  attributes.set('ce-time', event.time.toISOString());
  attributes.set('content-type', 'application/json');
  const traceparent = event.traceparent ?? currentTraceparent();
  if (traceparent !== undefined) attributes.set('traceparent', traceparent);
  return attributes;
}
