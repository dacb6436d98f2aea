import { randomUUID } from 'node:crypto';
import { eventTypes, toJson, type EventType, type Payload } from '../nats/index.ts';
import { currentTraceparent } from '../telemetry/index.ts';

/**
 * When an event stops being owed: an announcement when JetStream has stored it; a demand, which another service must act
 * on, only when its effect is known, because a stream can lose what it stored.
 */
export type OwedUntil = 'stored' | 'effect';

/** An event inside the document whose change it tells, written with that change in one atomic write. */
export interface OwedEvent {
  readonly id: string;
  readonly type: EventType;
  /** Of the payload, since another release may publish it; 1 where it is absent, as documents had none at first. */
  readonly version?: number;
  readonly data: object;
  readonly time: Date;
  readonly until: OwedUntil;
  readonly traceparent?: string;
}

/** What a document that can owe events carries beside its own fields. */
export interface Owing {
  readonly owed: readonly OwedEvent[];
  /** When the sweeper publishes next what is owed then; absent when nothing is. */
  readonly owedAt?: Date;
  /** How often the sweeper did. */
  readonly owedAttempts?: number;
}

/** @example orders.insertOne({ ...order, ...owing([owe('order.created', payload, 'effect')], owedEvents.sweepAt()) }) */
export function owe<T extends EventType>(
  type: T,
  payload: Payload<T>,
  until: OwedUntil,
  time = new Date(),
): OwedEvent {
  const traceparent = currentTraceparent();
  return {
    id: randomUUID(),
    type,
    version: eventTypes[type].version,
    data: toJson(type, payload),
    time,
    until,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** The fields of a new document that owes these events; the sweeper takes over at `owedAt`. */
export function owing(events: readonly OwedEvent[], owedAt: Date): Owing {
  return events.length === 0 ? { owed: [] } : { owed: events, owedAt, owedAttempts: 0 };
}

/**
 * A pipeline stage that takes events off a document and adds others, in one update beside the state change that they
 * belong to. `remove` is a condition on `$$event`, and `add` may be the path of a field that has them, such as `$change.owes`. Of what
 * is owed then the sweeper takes over at `owedAt`.
 */
export function oweStage(
  change: { readonly remove?: object; readonly add?: readonly OwedEvent[] | `$${string}` },
  owedAt: Date,
) {
  const present = { $ifNull: ['$owed', []] };
  const kept =
    change.remove === undefined
      ? present
      : { $filter: { input: present, as: 'event', cond: { $not: [change.remove] } } };
  const { add = [] } = change;
  const added = typeof add === 'string' ? add : { $literal: add };
  return [
    { $set: { owed: { $concatArrays: [kept, added] } } },
    {
      $set: {
        owedAt: { $cond: [{ $eq: [{ $size: '$owed' }, 0] }, '$$REMOVE', { $literal: owedAt }] },
        owedAttempts: { $cond: [{ $eq: [{ $size: '$owed' }, 0] }, '$$REMOVE', 0] },
      },
    },
  ];
}
