import { status as Grpc } from '@grpc/grpc-js';

/**
 * Every way in which Tradewind says no: one closed set, and beside each code what it is in gRPC and in HTTP.
 * Source of the HTTP meanings: RFC 9110.
 */
const table = {
  INVALID_ARGUMENT: { grpc: Grpc.INVALID_ARGUMENT, http: 400, title: 'The request is not valid' },
  UNAUTHENTICATED: { grpc: Grpc.UNAUTHENTICATED, http: 401, title: 'Log in first' },
  PERMISSION_DENIED: { grpc: Grpc.PERMISSION_DENIED, http: 403, title: 'Not allowed' },
  NOT_FOUND: { grpc: Grpc.NOT_FOUND, http: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { grpc: Grpc.UNIMPLEMENTED, http: 405, title: 'This method is not allowed here' },
  ALREADY_EXISTS: { grpc: Grpc.ALREADY_EXISTS, http: 409, title: 'It exists already' },
  VERSION_CONFLICT: { grpc: Grpc.ABORTED, http: 409, title: 'Somebody changed it meanwhile' },
  OUT_OF_STOCK: { grpc: Grpc.FAILED_PRECONDITION, http: 409, title: 'Not enough in stock' },
  ORDER_CANCELLED: { grpc: Grpc.FAILED_PRECONDITION, http: 409, title: 'The order was cancelled' },
  ILLEGAL_STATE: { grpc: Grpc.FAILED_PRECONDITION, http: 409, title: 'The present state does not allow it' },
  PAYLOAD_TOO_LARGE: { grpc: Grpc.INVALID_ARGUMENT, http: 413, title: 'The request is too large' },
  UNSUPPORTED_MEDIA_TYPE: { grpc: Grpc.INVALID_ARGUMENT, http: 415, title: 'Send application/json' },
  IDEMPOTENCY_KEY_REUSED: {
    grpc: Grpc.FAILED_PRECONDITION,
    http: 422,
    title: 'The idempotency key belongs to another request',
  },
  TOTAL_MISMATCH: { grpc: Grpc.FAILED_PRECONDITION, http: 422, title: 'The order costs something else' },
  UNPRICEABLE: { grpc: Grpc.FAILED_PRECONDITION, http: 422, title: 'The order cannot be priced' },
  RESOURCE_EXHAUSTED: { grpc: Grpc.RESOURCE_EXHAUSTED, http: 429, title: 'Too many requests' },
  CANCELLED: { grpc: Grpc.CANCELLED, http: 499, title: 'The caller went away' },
  INTERNAL: { grpc: Grpc.INTERNAL, http: 500, title: 'Something broke on our side' },
  UNAVAILABLE: { grpc: Grpc.UNAVAILABLE, http: 503, title: 'Not available right now' },
  DEADLINE_EXCEEDED: { grpc: Grpc.DEADLINE_EXCEEDED, http: 504, title: 'It took too long' },
} as const satisfies Record<string, { grpc: Grpc; http: number; title: string }>;

export type ErrorCode = keyof typeof table;

export const errorTable: Readonly<
  Record<ErrorCode, { readonly grpc: Grpc; readonly http: number; readonly title: string }>
> = table;

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(table, value);
}
