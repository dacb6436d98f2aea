import { type ErrorCode, TradewindError } from '@tradewind/shared/errors';
import { productArchived, referenceReused, type Stalled, type StallReason } from './plan.ts';

/** What an error of inventory asks for: to be tried again later, or to wait until somebody changes something. */
const reactions: Readonly<Record<ErrorCode, 'retry' | StallReason>> = {
  INVALID_ARGUMENT: 'Refused',
  // The key of this process is wrong, and no resource can help it.
  UNAUTHENTICATED: 'retry',
  PERMISSION_DENIED: 'Refused',
  // The product was just found, and products stay: it was archived since.
  NOT_FOUND: 'ProductArchived',
  METHOD_NOT_ALLOWED: 'Refused',
  ALREADY_EXISTS: 'Refused',
  VERSION_CONFLICT: 'retry',
  OUT_OF_STOCK: 'Refused',
  ORDER_CANCELLED: 'Refused',
  ILLEGAL_STATE: 'Refused',
  PAYLOAD_TOO_LARGE: 'Refused',
  UNSUPPORTED_MEDIA_TYPE: 'Refused',
  IDEMPOTENCY_KEY_REUSED: 'ReferenceReused',
  TOTAL_MISMATCH: 'Refused',
  UNPRICEABLE: 'Refused',
  RESOURCE_EXHAUSTED: 'retry',
  CANCELLED: 'retry',
  INTERNAL: 'retry',
  UNAVAILABLE: 'retry',
  DEADLINE_EXCEEDED: 'retry',
};

/** What a resource is whose restock of `sku` inventory has refused for good; undefined when it may be tried again. */
export function stallOf(error: unknown, sku: string): Stalled | undefined {
  if (!(error instanceof TradewindError)) return undefined;
  const why = reactions[error.code];
  if (why === 'retry') return undefined;
  return { kind: 'stalled', why, message: messageOf(why, error, sku) };
}

function messageOf(why: StallReason, error: TradewindError, sku: string): string {
  if (why === 'ReferenceReused') return referenceReused;
  return why === 'ProductArchived' ? productArchived(sku) : `Inventory refused: ${error.message}`;
}
