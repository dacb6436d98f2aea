import { describe, expect, test } from 'vitest';
import type { OrderStatus } from '../domain/order.ts';
import { settleOrders, type StockAnswer } from './settle-orders.ts';
import type { Transition } from './transition.ts';

const answers = {
  reserved: { kind: 'reserved', orderId: 'o' },
  rejected: { kind: 'rejected', orderId: 'o', shortages: [], reason: 'why' },
  released: { kind: 'released', orderId: 'o' },
} as const satisfies Record<string, StockAnswer>;

/** What becomes of an order in this state; `applied` says whether it still had it when the write came. */
async function settle(given: readonly StockAnswer[], status: OrderStatus | undefined, applied = true) {
  const transitions: Transition[] = [];
  const settled: string[] = [];
  const alerts: StockAnswer[] = [];
  const counted: string[] = [];
  await settleOrders({
    orders: {
      statesOf: () => {
        const state = status && { id: 'o', userId: 'ada', status, announcements: [] };
        return Promise.resolve(new Map(state ? [['o', state]] : []));
      },
      transitionAll: (all) => {
        transitions.push(...all);
        return Promise.resolve(new Set(applied ? all.map(({ orderId }) => orderId) : []));
      },
      settleAll: (ids, type) => {
        settled.push(...ids.map((id) => `${id} ${type}`));
        return Promise.resolve();
      },
      announce: () => Promise.resolve(),
    },
    now: () => new Date(0),
    alert: (answer) => alerts.push(answer),
    count: (outcome) => counted.push(outcome),
  })(given);
  return { transitions, settled, alerts, counted };
}

describe('reactions', () => {
  const change = (to: string) => ({ transitions: [{ to }], settled: [], alerts: [] });
  const settled = { transitions: [], settled: ['o order.cancelled'], alerts: [] };
  const nothing = { transitions: [], settled: [], alerts: [] };
  const alert = { transitions: [], settled: [], alerts: [expect.anything()] };

  test.each<[keyof typeof answers, OrderStatus | undefined, object]>([
    ['reserved', 'PENDING', change('CONFIRMED')],
    ['rejected', 'PENDING', change('CANCELLED')],
    ['released', 'PENDING', alert],
    ['reserved', 'CONFIRMED', nothing],
    ['rejected', 'CONFIRMED', alert],
    ['released', 'CONFIRMED', alert],
    ['reserved', 'COMPLETED', nothing],
    ['rejected', 'COMPLETED', alert],
    ['released', 'COMPLETED', alert],
    ['reserved', 'CANCELLED', nothing],
    ['rejected', 'CANCELLED', settled],
    ['released', 'CANCELLED', settled],
    ['reserved', undefined, alert],
  ])('%s on %s', async (kind, status, reaction) => {
    expect(await settle([answers[kind]], status)).toMatchObject(reaction);
  });
});

test('a confirmed order announces it and owes its demand no longer', async () => {
  const { transitions } = await settle([answers.reserved], 'PENDING');
  expect(transitions).toMatchObject([
    {
      action: { action: 'CONFIRMED', actor: 'inventory' },
      settles: ['order.created'],
      owes: [{ type: 'order.confirmed', until: 'stored', data: { order_id: 'o', user_id: 'ada' } }],
    },
  ]);
});

test('a repeat in one batch is one change', async () => {
  const { transitions, counted } = await settle([answers.reserved, answers.reserved], 'PENDING');
  expect(transitions).toHaveLength(1);
  expect(counted).toEqual(['confirmed']);
});

test('an order that was cancelled before the write is not counted as confirmed', async () => {
  expect((await settle([answers.reserved], 'PENDING', false)).counted).toEqual([]);
});
