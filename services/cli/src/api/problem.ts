import {
  errorTable,
  isErrorCode,
  TradewindError,
  type ErrorCode,
  type FieldProblem,
} from '@tradewind/shared/errors';

/** What the gateway said instead of yes; a message that a person can act on. */
export function fromProblem(status: number, body: unknown, retryAfterMs: number | undefined): TradewindError {
  const problem = isObject(body) ? body : {};
  const fields = readFields(problem['errors']);
  const detail = textOf(problem['detail']) ?? textOf(problem['title']) ?? `the gateway answered ${status}`;
  const unnamed = fields.filter(({ field, message }) => !detail.includes(field) || !detail.includes(message));
  const said = [detail, ...unnamed.map(({ field, message }) => `${field} ${message}`)].join('; ');
  const trace = textOf(problem['trace_id']);
  return new TradewindError(
    codeOf(status, problem['code']),
    trace && status >= 500 ? `${said} (${trace})` : said,
    {
      fields,
      details: problem,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  );
}

function codeOf(status: number, code: unknown): ErrorCode {
  if (typeof code === 'string' && isErrorCode(code)) return code;
  const codes = Object.keys(errorTable).filter(isErrorCode);
  const fallback = status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT';
  return status === 502
    ? 'UNAVAILABLE'
    : (codes.find((known) => errorTable[known].http === status) ?? fallback);
}

function readFields(value: unknown): readonly FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((entry) => ({
    field: textOf(entry['field']) ?? 'request',
    message: textOf(entry['message']) ?? 'is not valid',
  }));
}

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
