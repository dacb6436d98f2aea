import type { ErrorCode } from './codes.ts';

/** What is wrong with one field; `field` is a path such as `items[0].quantity`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

export interface ErrorOptions {
  readonly fields?: readonly FieldProblem[];
  /** Facts for the caller's program, such as the shortages of an order; JSON values. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** When a repeat may succeed, in milliseconds from now. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * The one error class of the platform. The message is for the caller, except that of INTERNAL, which is for the log.
 *
 * @example throw new TradewindError('NOT_FOUND', `there is no product ${id}`);
 */
export class TradewindError extends Error {
  override readonly name = 'TradewindError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldProblem[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A request whose named field is wrong. */
export function invalid(field: string, message: string): TradewindError {
  return new TradewindError('INVALID_ARGUMENT', `${field} ${message}`, { fields: [{ field, message }] });
}

/** A dependency that does not answer; a repeat may succeed. */
export function unavailable(what: string, cause?: unknown): TradewindError {
  return new TradewindError('UNAVAILABLE', `${what} is not available right now`, {
    retryAfterMs: 1000,
    cause,
  });
}

/** Turns what was thrown into a TradewindError, or undefined when it is none of this classifier's business. */
export type Classifier = (error: unknown) => TradewindError | undefined;

/** What was thrown, as a TradewindError: by the first classifier that knows it, else INTERNAL. */
export function classify(error: unknown, classifiers: readonly Classifier[] = []): TradewindError {
  if (error instanceof TradewindError) return error;
  for (const classifier of classifiers) {
    const known = classifier(error);
    if (known) return known;
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new TradewindError('DEADLINE_EXCEEDED', 'the deadline passed', { cause: error });
  }
  if (error instanceof DOMException && error.name === 'AbortError') {
    return new TradewindError('CANCELLED', 'the call was cancelled', { cause: error });
  }
  return new TradewindError('INTERNAL', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

/** Somebody else is changing the same documents: it may work later. `transact` tries again when its work throws it. */
export class ContentionError extends TradewindError {
  constructor(cause?: unknown) {
    super('UNAVAILABLE', 'too much is changing here at once', { retryAfterMs: 1_000, cause });
  }
}
