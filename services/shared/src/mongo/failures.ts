import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { TradewindError, unavailable, type Classifier } from '../errors/index.ts';

const duplicateKey = 11_000;
const writeConflict = 112;
const maxTimeExpired = 50;

export function isDuplicateKey(error: unknown): error is MongoServerError {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** Another transaction was the first to write. */
export function isContention(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === writeConflict;
}

/** Nothing was committed, because of another transaction or a cut connection; the same work, read afresh, may go through. */
export function isTransient(error: unknown): boolean {
  return error instanceof MongoError && error.hasErrorLabel('TransientTransactionError');
}

/**
 * A database that does not answer, has no primary, or left the outcome unknown, is UNAVAILABLE; a reading that took longer
 * than its `maxTimeMS` is DEADLINE_EXCEEDED, since its repeat would take as long.
 */
export const mongoFailure: Classifier = (error) => {
  // The driver wraps what befell the connection of a bulk write.
  if (error instanceof MongoBulkWriteError && (error.errorResponse as unknown) instanceof Error) {
    return mongoFailure(error.errorResponse);
  }
  if (!(error instanceof MongoError)) return isCutOff(error) ? unavailable('the database', error) : undefined;
  if (error instanceof MongoServerError && error.code === maxTimeExpired) {
    return new TradewindError('DEADLINE_EXCEEDED', 'the database took too long', { cause: error });
  }
  const gone =
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNetworkError ||
    error.hasErrorLabel('RetryableWriteError') ||
    error.hasErrorLabel('TransientTransactionError') ||
    error.hasErrorLabel('UnknownTransactionCommitResult') ||
    notAnswering.has(error.name) ||
    (error instanceof MongoServerError && shuttingDown.has(Number(error.code)));
  return gone ? unavailable('the database', error) : undefined;
};

/** The driver passes on as it is what a socket says that is written to while the server goes away. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}

const notAnswering = new Set([
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongoExpiredSessionError',
]);

/**
 * NotWritablePrimary, InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk,
 * NotPrimaryOrSecondary, PrimarySteppedDown, ShutdownInProgress, HostUnreachable, WriteConcernTimeout, ExceededTimeLimit.
 */
const shuttingDown = new Set([10_107, 11_600, 11_602, 13_435, 13_436, 189, 91, 6, 64, 262]);
