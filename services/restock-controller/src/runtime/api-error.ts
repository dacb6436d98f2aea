/** What the Kubernetes API answers when it refuses: a `Status`. */
export interface ApiStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** A refusal by the Kubernetes API. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status */
  readonly status: number;
  /** Kubernetes' own word for it, such as `AlreadyExists`; empty when something else answered, such as a proxy. */
  readonly reason: string;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, answer: ApiStatus, retryAfterMs?: number) {
    super(answer.message ?? `the Kubernetes API answered with ${status}`);
    this.status = status;
    this.reason = answer.reason ?? '';
    const seconds = answer.details?.retryAfterSeconds;
    this.retryAfterMs = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  }
}

/** True when a resource version or continue token is too old to go on from. */
export const isExpired = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

/** True when somebody else wrote or created it first. */
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.status === 409;

/** The refusal in an answer's body and headers. */
export function toApiError(status: number, body: string, retryAfter: string | undefined): ApiError {
  const seconds = Number(retryAfter);
  return new ApiError(status, parseStatus(body), seconds > 0 ? seconds * 1000 : undefined);
}

function parseStatus(body: string): ApiStatus {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
