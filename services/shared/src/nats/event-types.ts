import {
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderCreated,
  ProductState,
  StockLevelChanged,
  StockRejected,
  StockReleased,
  StockReserved,
  UserCreated,
  UserDeleted,
} from '@tradewind/proto/events/v1/events';
import type { StreamName } from './streams.ts';

interface Codec<T> {
  fromJSON: (json: unknown) => T;
  toJSON: (payload: T) => unknown;
}

interface Declaration<T> {
  readonly stream: StreamName;
  readonly version: number;
  readonly codec: Codec<T>;
}

const declare = <T>(stream: StreamName, codec: Codec<T>, version = 1): Declaration<T> => ({
  stream,
  codec,
  version,
});

/** Every event: its type is its subject, except that state events end in the id of their product. */
export const eventTypes = {
  'order.created': declare('ORDERS', OrderCreated),
  'order.confirmed': declare('ORDERS', OrderConfirmed),
  'order.cancelled': declare('ORDERS', OrderCancelled),
  'order.completed': declare('ORDERS', OrderCompleted),
  'stock.reserved': declare('STOCK', StockReserved),
  'stock.rejected': declare('STOCK', StockRejected),
  'stock.released': declare('STOCK', StockReleased),
  'product.state': declare('PRODUCTS', ProductState),
  'stock.level': declare('LEVELS', StockLevelChanged),
  'user.created': declare('USERS', UserCreated),
  'user.deleted': declare('USERS', UserDeleted),
} as const;

export type EventType = keyof typeof eventTypes;
export type Payload<T extends EventType> = ReturnType<(typeof eventTypes)[T]['codec']['fromJSON']>;

/** `ce-type`, with the version of the payload: by default the one that this release writes. */
export const ceType = (type: EventType, version: number = eventTypes[type].version): string =>
  `dev.tradewind.${type}.v${version}`;

/** The event type and version that a `ce-type` names; undefined for one that is none of ours. */
export function parseCeType(text: string): { type: EventType; version: number } | undefined {
  const match = /^dev\.tradewind\.([a-z.]+)\.v(\d+)$/.exec(text);
  const type = match?.[1];
  if (type === undefined || !Object.hasOwn(eventTypes, type)) return undefined;
  return { type: type as EventType, version: Number(match?.[2]) };
}

/** The payload as it travels: JSON with snake_case names, which is also how documents owe it. */
export function toJson<T extends EventType>(type: T, payload: Payload<T>): object {
  return (eventTypes[type].codec as unknown as Codec<Payload<T>>).toJSON(payload) as object;
}

export function fromJson<T extends EventType>(type: T, json: unknown): Payload<T> {
  return (eventTypes[type].codec as unknown as Codec<Payload<T>>).fromJSON(json);
}
