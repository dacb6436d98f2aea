import type { JsMsg, MsgHdrs } from 'nats';
import type { TextMapGetter } from '@opentelemetry/api';
import { eventTypes, fromJson, parseCeType, type EventType, type Payload } from './event-types.ts';

/** An event as a consumer gets it. */
export type ReceivedEvent<T extends EventType> = {
  [K in T]: {
    readonly type: K;
    /** `ce-id`, by which a consumer knows a repeat. */
    readonly id: string;
    readonly data: Payload<K>;
    readonly time: Date;
    /** How often it was delivered, this time included. */
    readonly deliveries: number;
  };
}[T];

/** The message can never be handled, however often it comes: it goes to the dead letters. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** Written by a newer release: it is put back until a reader comes that knows it. */
export class NewerVersionError extends Error {
  override readonly name = 'NewerVersionError';
}

/** @throws DataError, NewerVersionError */
export function parseEvent<T extends EventType>(message: JsMsg, expected: readonly T[]): ReceivedEvent<T> {
  const headers = headersOf(message);
  const attribute = (name: string) => headers?.get(name) ?? '';
  const parsed = parseCeType(attribute('ce-type'));
  const type = expected.find((known) => known === parsed?.type);
  if (!parsed || !type)
    throw new DataError(`the type "${attribute('ce-type')}" is not one that belongs here`);
  if (parsed.version > eventTypes[type].version)
    throw new NewerVersionError(`version ${parsed.version} of ${type}`);
  const id = attribute('ce-id');
  const time = new Date(attribute('ce-time'));
  if (id === '') throw new DataError('ce-id is missing');
  if (Number.isNaN(time.getTime())) throw new DataError('ce-time is not a time');
  return {
    type,
    id,
    data: parseBody(type, message),
    time,
    deliveries: message.info.deliveryCount,
  };
}

/** The library decodes them only here, and throws at a name that it would not write. */
function headersOf(message: JsMsg): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch (cause) {
    throw new DataError('the headers cannot be read', { cause });
  }
}

function parseBody<T extends EventType>(type: T, message: JsMsg): Payload<T> {
  let json: unknown;
  try {
    json = JSON.parse(message.string());
  } catch (cause) {
    throw new DataError('the body is not JSON', { cause });
  }
  if (typeof json !== 'object' || json === null) throw new DataError('the body is not an object');
  try {
    return fromJson(type, json);
  } catch (cause) {
    throw new DataError('the body does not fit its type', { cause });
  }
}

export const headerGetter: TextMapGetter<MsgHdrs | undefined> = {
  keys: (carrier) => carrier?.keys() ?? [],
  get: (carrier, key) => carrier?.get(key),
};
