import { Metadata, status as Grpc, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo, Status } from '@tradewind/proto/google/rpc/error';
import { errorTable, isErrorCode, type ErrorCode } from './codes.ts';
import { publicMessage } from './problem.ts';
import { TradewindError, type FieldProblem } from './tradewind-error.ts';

const detailsKey = 'grpc-status-details-bin';
const domain = 'tradewind';
const pack = (name: string, message: Uint8Array) => ({ typeUrl: typeUrl(name), value: Buffer.from(message) });
const typeUrl = (name: string) => `type.googleapis.com/google.rpc.${name}`;

/** The error as a message: code, text, and google.rpc details. Of an internal error text and details stay here. */
export function toRpcStatus(error: TradewindError): Status {
  const details = [
    pack(
      'ErrorInfo',
      ErrorInfo.encode({
        reason: error.code,
        domain,
        metadata: error.code === 'INTERNAL' ? {} : encodeDetails(error),
      }).finish(),
    ),
  ];
  if (error.fields.length > 0) {
    const fieldViolations = error.fields.map(({ field, message: description }) => ({ field, description }));
    details.push(pack('BadRequest', BadRequest.encode({ fieldViolations }).finish()));
  }
  if (error.retryAfterMs !== undefined) {
    const retryDelay = {
      seconds: Math.floor(error.retryAfterMs / 1000),
      nanos: Math.round((error.retryAfterMs % 1000) * 1e6),
    };
    details.push(pack('RetryInfo', RetryInfo.encode({ retryDelay }).finish()));
  }
  return { code: errorTable[error.code].grpc, message: publicMessage(error), details };
}

/** The error as gRPC carries it. */
export function toGrpcStatus(error: TradewindError): StatusObject {
  const status = toRpcStatus(error);
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(Status.encode(status).finish()));
  return { code: errorTable[error.code].grpc, details: status.message, metadata };
}

/** The error of a failed call, as the server meant it where it is ours, else by its gRPC status. */
export function fromGrpcError(error: ServiceError): TradewindError {
  const packed = error.metadata.get(detailsKey)[0];
  const { details } = Buffer.isBuffer(packed) ? Status.decode(packed) : { details: [] };
  return decode({ message: error.details, details }, codeOf(error.code), error);
}

/** What toRpcStatus was given. */
export const fromRpcStatus = (status: Status): TradewindError => decode(status, 'INTERNAL');

/** @param otherwise for a status that is not ours */
function decode(
  status: Pick<Status, 'message' | 'details'>,
  otherwise: ErrorCode,
  cause?: unknown,
): TradewindError {
  const part = (name: string) => status.details.find((detail) => detail.typeUrl === typeUrl(name))?.value;
  const info = part('ErrorInfo');
  const badRequest = part('BadRequest');
  const retry = part('RetryInfo');
  const named = info ? ErrorInfo.decode(info) : undefined;
  // Another domain's details need not be JSON.
  const { reason, metadata } = named?.domain === domain ? named : { reason: '', metadata: {} };
  const fields: FieldProblem[] = badRequest
    ? BadRequest.decode(badRequest).fieldViolations.map(({ field, description }) => ({
        field,
        message: description,
      }))
    : [];
  const delay = retry ? RetryInfo.decode(retry).retryDelay : undefined;
  const code = isErrorCode(reason) ? reason : otherwise;
  // What gRPC itself says (addresses, stream resets) is for the log.
  const message = isErrorCode(reason) ? status.message : errorTable[code].title;
  return new TradewindError(code, message, {
    fields,
    details: decodeDetails(metadata),
    ...(delay ? { retryAfterMs: delay.seconds * 1000 + delay.nanos / 1e6 } : {}),
    cause,
  });
}

const encodeDetails = (error: TradewindError): Record<string, string> =>
  Object.fromEntries(Object.entries(error.details).map(([key, value]) => [key, JSON.stringify(value)]));

const decodeDetails = (metadata: Record<string, string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, JSON.parse(value) as unknown]));

function codeOf(status: Grpc): ErrorCode {
  switch (status) {
    case Grpc.INVALID_ARGUMENT:
    case Grpc.OUT_OF_RANGE:
      return 'INVALID_ARGUMENT';
    case Grpc.UNAUTHENTICATED:
      return 'UNAUTHENTICATED';
    case Grpc.PERMISSION_DENIED:
      return 'PERMISSION_DENIED';
    case Grpc.NOT_FOUND:
      return 'NOT_FOUND';
    case Grpc.ALREADY_EXISTS:
      return 'ALREADY_EXISTS';
    case Grpc.ABORTED:
      return 'VERSION_CONFLICT';
    case Grpc.FAILED_PRECONDITION:
      return 'ILLEGAL_STATE';
    case Grpc.RESOURCE_EXHAUSTED:
      return 'RESOURCE_EXHAUSTED';
    case Grpc.CANCELLED:
      return 'CANCELLED';
    case Grpc.UNAVAILABLE:
    case Grpc.UNIMPLEMENTED:
      // While a release rolls out, a server may be older than its caller.
      return 'UNAVAILABLE';
    case Grpc.DEADLINE_EXCEEDED:
      return 'DEADLINE_EXCEEDED';
    case Grpc.OK:
    case Grpc.UNKNOWN:
    case Grpc.INTERNAL:
    case Grpc.DATA_LOSS:
      return 'INTERNAL';
  }
}
