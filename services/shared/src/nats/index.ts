export { connectNats, openNats, type Nats, type NatsOptions } from './connect.ts';
export { consumeEvents } from './consumer.ts';
export { type ConsumerOptions } from './consumer-options.ts';
export { serverOptions, type NatsCredentials } from './credentials.ts';
export { deadLetterHeaders } from './dead-letters.ts';
export { eventTypes, fromJson, toJson, type EventType, type Payload } from './event-types.ts';
export { isMissing, isWrongLastSequence, natsFailure } from './failures.ts';
export { listen } from './listen.ts';
export {
  eventPublisher,
  subjectOf,
  type EventPublisher,
  type OutgoingEvent,
  type PublishOptions,
} from './publisher.ts';
export { DataError, parseEvent, type ReceivedEvent } from './received-event.ts';
export { ensureStream, streams, streamsAnswer, type StreamName } from './streams.ts';
