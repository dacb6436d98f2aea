import { errorTable, type ErrorCode } from './codes.ts';
import type { FieldProblem, TradewindError } from './tradewind-error.ts';

/** What the caller may read: everything but the message of an internal error. */
export const publicMessage = ({ code, message }: TradewindError): string =>
  code === 'INTERNAL' ? errorTable[code].title : message;

/** `application/problem+json`, RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly errors?: readonly FieldProblem[];
  /** What to name when asking about it: the trace id, which the log has too. */
  readonly trace_id?: string;
  readonly [extension: string]: unknown;
}

/** The error as HTTP carries it. Of an internal error the caller sees an id, and the log has the cause. */
export function toProblem(error: TradewindError, traceId?: string): Problem {
  const { http, title } = errorTable[error.code];
  return {
    // First, so that a detail never takes the place of a member that RFC 9457 defines.
    ...(http < 500 ? error.details : {}),
    type: `urn:tradewind:error:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: http,
    detail: publicMessage(error),
    code: error.code,
    ...(error.fields.length > 0 ? { errors: error.fields } : {}),
    ...(traceId ? { trace_id: traceId } : {}),
  };
}
