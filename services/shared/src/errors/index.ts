export { errorTable, isErrorCode, type ErrorCode } from './codes.ts';
export { fromGrpcError, fromRpcStatus, toGrpcStatus, toRpcStatus } from './grpc-status.ts';
export { toProblem, type Problem } from './problem.ts';
export {
  classify,
  ContentionError,
  invalid,
  TradewindError,
  unavailable,
  type Classifier,
  type ErrorOptions,
  type FieldProblem,
} from './tradewind-error.ts';
