import { describe, expect, test } from 'vitest';
import type { Principal } from '@tradewind/shared/auth';
import type { Order } from '../domain/order.ts';
import { changeOrder, type ChangeOrderDeps } from './change-order.ts';
import type { Transition } from './transition.ts';

const who = (userId: string, role: Principal['role'] = 'customer'): Principal => ({
  ...{ userId, role, sessionId: 's' },
});
const placed: Order = {
  ...{ id: 'o', userId: 'ada', status: 'PENDING', items: [], total: { currency: 'EUR', amount: 0 } },
  ...{ note: '', shortages: [], actions: [], createdAt: new Date(0), updatedAt: new Date(0) },
};

/** An order that changes like the stored one; `meanwhile` is what others do before a write. */
function holding(order: Order, meanwhile: (order: Order) => Order = (same) => same) {
  let present = order;
  const written: Transition[] = [];
  const orders: ChangeOrderDeps['orders'] = {
    find: (id) => Promise.resolve(id === present.id ? present : undefined),
    transition: (transition) => {
      const before = present.status;
      present = meanwhile(present);
      if (present.status !== before) return Promise.resolve(undefined);
      written.push(transition);
      present = { ...present, status: transition.to };
      return Promise.resolve(present);
    },
    amend: (_, change, action) => {
      present = { ...present, ...change, actions: [...present.actions, action] };
      return Promise.resolve(present);
    },
  };
  return { ...changeOrder({ orders, now: () => new Date(1), count: () => undefined }), written };
}

describe('an order', () => {
  const denied = { code: 'PERMISSION_DENIED' };

  test('is for its owner and admins', async () => {
    const { read, cancel, amend } = holding(placed);
    for (const other of [who('mallory'), who('mallory', 'merchant')]) {
      await expect(read(other, 'o')).rejects.toMatchObject(denied);
      await expect(cancel(other, 'o', '')).rejects.toMatchObject(denied);
      await expect(amend(other, 'o', { note: 'mine' })).rejects.toMatchObject(denied);
    }
    expect((await read(who('root', 'admin'), 'o')).id).toBe('o');
    await expect(read(who('ada'), 'other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('is completed by admins alone', async () => {
    const { complete } = holding({ ...placed, status: 'CONFIRMED' });
    await expect(complete(who('ada'), 'o')).rejects.toMatchObject(denied);
    expect((await complete(who('root', 'admin'), 'o')).status).toBe('COMPLETED');
  });

  test('is not completed before it is confirmed', async () => {
    const { complete } = holding(placed);
    await expect(complete(who('root', 'admin'), 'o')).rejects.toMatchObject({
      code: 'ILLEGAL_STATE',
      details: { order_id: 'o', order_status: 'PENDING' },
    });
  });
});

describe('cancelling', () => {
  test('replaces the demand for stock by the demand to give it back', async () => {
    const { cancel, written } = holding(placed);
    expect((await cancel(who('ada'), 'o', 'changed my mind')).status).toBe('CANCELLED');
    expect(written).toMatchObject([
      { settles: ['order.created'], owes: [{ type: 'order.cancelled', until: 'effect' }] },
    ]);
  });

  test('writes once, however often it is asked for', async () => {
    const { cancel, written } = holding(placed);
    for (let time = 0; time < 3; time += 1) await cancel(who('ada'), 'o', '');
    expect(written).toHaveLength(1);
  });

  test('goes on from the new state when the decision came first', async () => {
    const { cancel, written } = holding(placed, (order) =>
      order.status === 'PENDING' ? { ...order, status: 'CONFIRMED' } : order,
    );
    expect((await cancel(who('ada'), 'o', '')).status).toBe('CANCELLED');
    expect(written).toHaveLength(1);
  });

  test.each(['x'.repeat(501), 'a\0b'])('refuses a wrong reason', async (reason) => {
    const { cancel } = holding(placed);
    await expect(cancel(who('ada'), 'o', reason)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      fields: [{ field: 'reason' }],
    });
  });
});

test('a pending order is changed so often and no more, since its log is in its document', async () => {
  const { amend, read } = holding(placed);
  const ada = who('ada');
  for (let time = 0; time < 100; time += 1) await amend(ada, 'o', { note: String(time) });
  await expect(amend(ada, 'o', { note: 'again' })).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
  expect((await read(ada, 'o')).note).toBe('99');
});
