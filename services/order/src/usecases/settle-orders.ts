import { owe, type OwedEvent } from '@tradewind/shared/outbox';
import type { Order, Shortage } from '../domain/order.ts';
import type { Transition } from './transition.ts';

/** What inventory says of an order, at least once and in any order of arrival. */
export type StockAnswer =
  | { readonly kind: 'reserved'; readonly orderId: string }
  | {
      readonly kind: 'rejected';
      readonly orderId: string;
      readonly shortages: readonly Shortage[];
      readonly reason: string;
    }
  | { readonly kind: 'released'; readonly orderId: string };

interface OrderState extends Pick<Order, 'id' | 'userId' | 'status'> {
  /** What it has announced, as far as the stream is not known to have stored it. */
  readonly announcements: readonly OwedEvent[];
}

export interface SettleOrdersDeps {
  readonly orders: {
    statesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, OrderState>>;
    /** In one write. @returns the orders that changed; those whose present state forbids it do not */
    transitionAll: (transitions: readonly Transition[]) => Promise<ReadonlySet<string>>;
    /** Takes off demands whose effect is known. */
    settleAll: (orderIds: readonly string[], type: OwedEvent['type']) => Promise<void>;
    /** Publishes what is not known to be stored. */
    announce: (states: readonly OrderState[]) => Promise<void>;
  };
  readonly now: () => Date;
  /** An answer that no order should ever get: somebody must look. */
  readonly alert: (answer: StockAnswer, state: OrderState | undefined) => void;
  readonly count: (outcome: 'confirmed' | 'rejected') => void;
}

export type SettleOrders = (answers: readonly StockAnswer[]) => Promise<void>;

/** Applies decisions to PENDING orders, and ends the demands whose effect is now known. Repeats change nothing. */
export function settleOrders({ orders, now, alert, count }: SettleOrdersDeps): SettleOrders {
  return async (answers) => {
    const states = await orders.statesOf(answers.map(({ orderId }) => orderId));
    const transitions = new Map<string, Transition>();
    const heldNothing: string[] = [];
    for (const answer of answers) {
      const state = states.get(answer.orderId);
      const reaction = state ? react(answer, state, now()) : 'alert';
      if (reaction === 'alert') alert(answer, state);
      else if (reaction === 'holds nothing') heldNothing.push(answer.orderId);
      else if (reaction !== 'nothing') transitions.set(answer.orderId, reaction);
    }
    const changed = await orders.transitionAll([...transitions.values()]);
    for (const id of changed) count(transitions.get(id)?.to === 'CONFIRMED' ? 'confirmed' : 'rejected');
    await orders.settleAll(heldNothing, 'order.cancelled');
    // A decision comes again, too, when the database made the change but its answer was lost: nobody has told of it yet.
    await orders.announce([...states.values()].filter(({ announcements }) => announcements.length > 0));
  };
}

function react(
  answer: StockAnswer,
  state: OrderState,
  at: Date,
): Transition | 'holds nothing' | 'nothing' | 'alert' {
  switch (state.status) {
    case 'PENDING':
      return answer.kind === 'released' ? 'alert' : decided(answer, state, at);
    case 'CANCELLED':
      return answer.kind === 'reserved' ? 'nothing' : 'holds nothing';
    case 'CONFIRMED':
    case 'COMPLETED':
      return answer.kind === 'reserved' ? 'nothing' : 'alert';
  }
}

function decided(
  answer: Exclude<StockAnswer, { kind: 'released' }>,
  state: OrderState,
  at: Date,
): Transition {
  const { id: orderId, userId } = state;
  const actor = 'inventory';
  if (answer.kind === 'reserved') {
    return {
      orderId,
      to: 'CONFIRMED',
      action: { action: 'CONFIRMED', at, actor, detail: '' },
      settles: ['order.created'],
      owes: [owe('order.confirmed', { orderId, userId }, 'stored', at)],
    };
  }
  const { shortages, reason } = answer;
  return {
    orderId,
    to: 'CANCELLED',
    action: { action: 'REJECTED', at, actor, detail: reason },
    settles: ['order.created'],
    owes: [owe('order.cancelled', { orderId, userId, shortages: [...shortages], reason }, 'stored', at)],
    shortages,
  };
}
