import { requireOwner, requireRole, type Principal } from '@tradewind/shared/auth';
import { TradewindError } from '@tradewind/shared/errors';
import { owe } from '@tradewind/shared/outbox';
import { untilFirst } from '@tradewind/shared/run';
import {
  checkAddress,
  checkNote,
  illegalChange,
  mayBecome,
  type Address,
  type Order,
  type OrderAction,
} from '../domain/order.ts';
import { checkText } from '../domain/text.ts';
import type { Transition } from './transition.ts';

export interface ChangeOrderDeps {
  readonly orders: {
    find: (id: string) => Promise<Order | undefined>;
    /** Changes state if the present one allows it. @returns undefined when it does not, or when there is no such order */
    transition: (transition: Transition) => Promise<Order | undefined>;
    /** While PENDING only. @returns undefined otherwise */
    amend: (
      id: string,
      change: { readonly address?: Address; readonly note?: string },
      action: OrderAction,
    ) => Promise<Order | undefined>;
  };
  readonly now: () => Date;
  readonly count: (outcome: 'cancelled' | 'completed') => void;
}

export interface ChangeOrder {
  read: (who: Principal, id: string) => Promise<Order>;
  /** Returns the stock, if there is any to return. A repeat answers with the cancelled order. */
  cancel: (who: Principal, id: string, reason: string) => Promise<Order>;
  /** For admins: the order was delivered. */
  complete: (who: Principal, id: string) => Promise<Order>;
  amend: (
    who: Principal,
    id: string,
    change: { readonly address?: Address | undefined; readonly note?: string | undefined },
  ) => Promise<Order>;
}

/** The log is in the order's document, and a document has an end. */
const maxActions = 100;

export function changeOrder({ orders, now, count }: ChangeOrderDeps): ChangeOrder {
  async function read(who: Principal, id: string): Promise<Order> {
    const order = await orders.find(id);
    if (!order) throw new TradewindError('NOT_FOUND', `there is no order ${id}`);
    requireOwner(who, order.userId);
    return order;
  }

  /** Tries until the state that was read is the one that was changed: decisions arrive meanwhile. */
  async function become(who: Principal, id: string, make: (order: Order) => Transition): Promise<Order> {
    return await untilFirst(async () => {
      const order = await read(who, id);
      const transition = make(order);
      if (order.status === transition.to) return order;
      if (!mayBecome(order.status, transition.to)) throw illegalChange(order, transition.to);
      const changed = await orders.transition(transition);
      if (changed) count(changed.status === 'CANCELLED' ? 'cancelled' : 'completed');
      return changed;
    });
  }

  return {
    read,

    async cancel(who, id, reason) {
      checkText('reason', reason, 500);
      return await become(who, id, ({ userId }) => {
        const at = now();
        const cancelled = { orderId: id, userId, shortages: [], reason };
        return {
          orderId: id,
          to: 'CANCELLED',
          action: { action: 'CANCELLED', at, actor: who.userId, detail: reason },
          settles: ['order.created'],
          owes: [owe('order.cancelled', cancelled, 'effect', at)],
        };
      });
    },

    async complete(who, id) {
      requireRole(who, 'admin');
      return await become(who, id, ({ userId }) => {
        const at = now();
        return {
          orderId: id,
          to: 'COMPLETED',
          action: { action: 'COMPLETED', at, actor: who.userId, detail: '' },
          settles: [],
          owes: [owe('order.completed', { orderId: id, userId }, 'stored', at)],
        };
      });
    },

    async amend(who, id, { address, note }) {
      const order = await read(who, id);
      const change = {
        ...(address === undefined ? {} : { address: checkAddress(address) }),
        ...(note === undefined ? {} : { note: checkNote(note) }),
      };
      const fields = Object.keys(change);
      if (fields.length === 0) return order;
      if (order.actions.length >= maxActions) {
        throw new TradewindError('ILLEGAL_STATE', 'the order was changed too often to be changed again', {
          details: { order_id: id, order_status: order.status },
        });
      }
      const action: OrderAction = {
        action: 'UPDATED',
        at: now(),
        actor: who.userId,
        detail: fields.join(', '),
      };
      const changed = await orders.amend(id, change, action);
      if (changed) return changed;
      const { status } = await read(who, id);
      throw new TradewindError('ILLEGAL_STATE', `an order that is ${status} cannot be changed`, {
        details: { order_id: id, order_status: status },
      });
    },
  };
}
