import { setTimeout as delay } from 'node:timers/promises';
import type { Order } from '@tradewind/proto/order/v1/order';
import { LRUCache } from 'lru-cache';

/** What is known of a decision without reading its order. */
export interface Announcement {
  /** When the order became CONFIRMED, if it did and the time is known. */
  readonly confirmedAt?: Date;
}

/** Tells those who wait for an order that it was decided. */
export interface Decisions {
  /** Wakes whoever waits for the order, now or within the next minute. */
  announce: (orderId: string, announcement: Announcement) => void;
  /** Resolves once the order was announced; with undefined after `ms`, on abort, or when announcements stop. */
  heard: (orderId: string, ms: number, signal?: AbortSignal) => Promise<Announcement | undefined>;
  /** Whether announcements come in. */
  readonly hearing: boolean;
  resume: () => void;
  /** Announcements may be missed: whoever waits is woken to look for itself. */
  suspend: () => void;
}

export function createDecisions(): Decisions {
  // An order's id is known only when CreateOrder answers, and by then the decision may have come and gone.
  const recent = new LRUCache<string, Announcement>({ max: 50_000, ttl: 60_000 });
  const waiters = new Map<string, Set<Waiter>>();
  let hearing = false;

  const wake = (orderId: string, announcement?: Announcement) => {
    for (const waiter of waiters.get(orderId) ?? []) waiter(announcement);
  };

  return {
    get hearing() {
      return hearing;
    },
    announce(orderId, announcement) {
      recent.set(orderId, announcement);
      wake(orderId, announcement);
    },
    heard(orderId, ms, signal) {
      const announced = recent.get(orderId);
      if (announced || signal?.aborted) return Promise.resolve(announced);
      return new Promise((resolve) => {
        const those = waiters.get(orderId) ?? new Set<Waiter>();
        const leave: Waiter = (announcement) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          those.delete(leave);
          if (those.size === 0 && waiters.get(orderId) === those) waiters.delete(orderId);
          resolve(announcement);
        };
        const giveUp = () => {
          leave(undefined);
        };
        const timer = setTimeout(giveUp, ms);
        signal?.addEventListener('abort', giveUp, { once: true });
        waiters.set(orderId, those.add(leave));
      });
    },
    resume() {
      hearing = true;
    },
    suspend() {
      hearing = false;
      for (const orderId of [...waiters.keys()]) wake(orderId);
    },
  };
}

type Waiter = (announcement: Announcement | undefined) => void;

export interface WaitOptions {
  readonly decisions: Decisions;
  readonly limitMs: number;
  readonly read: (orderId: string) => Promise<Order>;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined;
}

const firstLookMs = 50;

/**
 * The order once it is decided, or as it stands at the limit. It looks when a decision is announced that does not say all,
 * and at the limit; while announcements do not come in, it looks every now and then instead.
 */
export async function whenDecided(order: Order, options: WaitOptions): Promise<Order> {
  const { decisions, limitMs, read, signal } = options;
  const until = performance.now() + limitMs;
  let current = order;
  let announced: Announcement | undefined;
  for (let pause = firstLookMs; current.status === 'ORDER_STATUS_PENDING'; pause *= 2) {
    const left = until - performance.now();
    if (left <= 0 || signal?.aborted) break;
    // An announced order that still reads PENDING is looked at again like one that nobody announces.
    if (announced) await delay(Math.min(pause, left), undefined, { signal }).catch(() => undefined);
    else
      announced = await decisions.heard(order.id, decisions.hearing ? left : Math.min(pause, left), signal);
    if (announced?.confirmedAt) return confirmed(current, announced.confirmedAt);
    current = await read(order.id);
  }
  return current;
}

/** What a reading would give: confirming adds its action and changes nothing else. A reading costs as much as placing. */
function confirmed(order: Order, at: Date): Order {
  return {
    ...order,
    status: 'ORDER_STATUS_CONFIRMED',
    actions: [...order.actions, { action: 'CONFIRMED', at, actor: 'inventory', detail: '' }],
    updatedAt: at,
  };
}
