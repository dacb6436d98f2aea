import { errorTable, TradewindError, toProblem, type ErrorCode } from '@tradewind/shared/errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

const mediaType = 'application/problem+json';

/** What fastify and node call their own failures; what is not listed here and below 500 is INVALID_ARGUMENT. */
const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_NOT_FOUND: 'NOT_FOUND',
};

/** Answers with any error; from 500 on the caller gets an id, and the log the cause. */
export function answerProblem(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const known = asTradewindError(error);
  const status = errorTable[known.code].http;
  if (status >= 500) {
    request.log.error(
      { err: known, trace_id: request.traceId, route: request.routeOptions.url },
      'request failed',
    );
  }
  const retryAfterMs = known.retryAfterMs ?? (status === 503 ? 1000 : undefined);
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if (status === 401) reply.header('www-authenticate', challenge(request));
  if (known.code === 'PAYLOAD_TOO_LARGE') letTheClientFinish(request, reply);
  void reply
    .code(status)
    .type(mediaType)
    .send(JSON.stringify(toProblem(known, request.traceId)));
}

/**
 * Fastify closes the connection of a body that is too large, and a client that still writes then often loses the answer. The
 * rest of one that is not absurdly large is read and thrown away instead.
 */
function letTheClientFinish(request: FastifyRequest, reply: FastifyReply): void {
  if (Number(request.headers['content-length']) <= maxDiscarded) reply.removeHeader('connection');
}

const maxDiscarded = 16 * 1024 * 1024;

export function answerNotFound(request: FastifyRequest): never {
  throw new TradewindError('NOT_FOUND', `there is no ${request.method} ${pathOf(request)} here`);
}

/** Fastify's answer to a path that it cannot decode; no hook runs before it. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  answerProblem(
    new TradewindError('INVALID_ARGUMENT', 'the path is not valid', { cause: error }),
    request,
    reply,
  );
}

/** The path without the query string, which may hold what no log should. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';

/** What REST callers know some fields of gRPC requests by. */
const restNames: Readonly<Record<string, string>> = {
  page_token: 'cursor',
  page_size: 'limit',
  idempotency_key: 'Idempotency-Key',
  expected_total: 'total',
  query: 'q',
};

function inRestTerms(error: TradewindError): TradewindError {
  if (!error.fields.some(({ field }) => Object.hasOwn(restNames, field))) return error;
  const fields = error.fields.map(({ field, message }) => ({ field: restNames[field] ?? field, message }));
  const message = fields.map(({ field, message: problem }) => `${field} ${problem}`).join('; ');
  const { details, retryAfterMs, cause } = error;
  return new TradewindError(error.code, message, {
    ...{ fields, details, cause },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function asTradewindError(error: FastifyError | Error): TradewindError {
  if (error instanceof TradewindError) return inRestTerms(error);
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  const code = 'code' in error ? fastifyCodes[error.code] : undefined;
  if (status >= 500) return new TradewindError('INTERNAL', error.message, { cause: error });
  return new TradewindError(code ?? 'INVALID_ARGUMENT', error.message, { cause: error });
}

/** RFC 6750, section 3. */
const challenge = ({ headers }: FastifyRequest): string =>
  headers.authorization === undefined
    ? 'Bearer realm="tradewind"'
    : 'Bearer realm="tradewind", error="invalid_token"';

/** A problem for what is not HTTP enough to become a request, as a whole HTTP answer. */
export function rawProblem(status: number, reason: string, code: ErrorCode, detail: string): string {
  const problem = {
    ...toProblem(new TradewindError(code, detail)),
    title: errorTable[code].title,
    status,
    detail,
  };
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${status} ${reason}`,
    `content-type: ${mediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
