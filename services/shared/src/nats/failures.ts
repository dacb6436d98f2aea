import { ErrorCode, NatsError } from 'nats';
import { unavailable, type Classifier } from '../errors/index.ts';

/** What the server answers when a stream or a consumer is not there. */
const missing = new Set([10_059, 10_014]);

/** No stream takes the subject, or the stream or consumer is gone: make it, and try again. */
export function isMissing(error: unknown): boolean {
  return error instanceof NatsError && (error.code === '503' || missing.has(error.api_error?.err_code ?? 0));
}

/** Nobody took what was published in time. A plain subscriber keeps the server from saying that no stream is there. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof NatsError && error.code === (ErrorCode.Timeout as string);
}

/** The subject's last sequence was another than expected: somebody published meanwhile. */
export function isWrongLastSequence(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === 10_071;
}

/** The client's codes and the server's, for a message, or for headers, that are too large. */
const unfit = new Set<string | number>([ErrorCode.BadHeader, ErrorCode.MaxPayloadExceeded, 10_054, 10_097]);

/** The message breaks the server's limits or the client's rules: it fails however often it is tried. */
export function isUnfit(error: unknown): boolean {
  return error instanceof NatsError && (unfit.has(error.code) || unfit.has(error.api_error?.err_code ?? 0));
}

/** A NATS that does not answer is UNAVAILABLE. */
export const natsFailure: Classifier = (error) =>
  error instanceof NatsError && !isUnfit(error) ? unavailable('the event stream', error) : undefined;
