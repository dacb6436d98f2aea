import type { OwedEvent } from '@tradewind/shared/outbox';
import type { OrderAction, OrderStatus, Shortage } from '../domain/order.ts';

/** A guarded change of state: one atomic write of the state, the log and what the order owes. */
export interface Transition {
  readonly orderId: string;
  readonly to: OrderStatus;
  readonly action: OrderAction;
  /** The demands that this change answers or replaces. */
  readonly settles: readonly OwedEvent['type'][];
  readonly owes: readonly OwedEvent[];
  readonly shortages?: readonly Shortage[];
}
