import { randomUUID } from 'node:crypto';
import { toJson, type EventType, type Payload } from '../nats/index.ts';
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

/** How long the direct publication after the write has before the sweeper takes over. */
export const firstSweepMs = 30_000;

/** @example orders.insertOne({ ...order, ...owing([owe('order.created', payload, 'effect')], now) }) */
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
    data: toJson(type, payload),
    time,
    until,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** The fields of a new document that owes these events. */
export function owing(events: readonly OwedEvent[], now = new Date()): Owing {
  if (events.length === 0) return { owed: [] };
  return { owed: events, owedAt: new Date(now.getTime() + firstSweepMs), owedAttempts: 0 };
}

/**
 * A pipeline stage that takes events off a document and adds others, in one update beside the state change that they
 * belong to. `remove` is a condition on `$$event`.
 */
export function oweStage(
  change: { readonly remove?: object; readonly add?: readonly OwedEvent[] },
  now = new Date(),
) {
  const present = { $ifNull: ['$owed', []] };
  const kept =
    change.remove === undefined
      ? present
      : { $filter: { input: present, as: 'event', cond: { $not: [change.remove] } } };
  return [
    { $set: { owed: { $concatArrays: [kept, { $literal: change.add ?? [] }] } } },
    {
      $set: {
        owedAt: {
          $cond: [
            { $eq: [{ $size: '$owed' }, 0] },
            '$$REMOVE',
            { $literal: new Date(now.getTime() + firstSweepMs) },
          ],
        },
        owedAttempts: { $cond: [{ $eq: [{ $size: '$owed' }, 0] }, '$$REMOVE', 0] },
      },
    },
  ];
}
