import { TradewindError } from '@tradewind/shared/errors';
import type { ApiClient } from '../api/client.ts';
import { isTransient } from '../api/retry.ts';
import { registerNewCustomer } from '../new-customer.ts';
import { mockOrder } from './mock-order.ts';
import { openLoop } from './open-loop.ts';
import { seededRandom } from './random.ts';

export interface ProduceOptions {
  /** Orders per second. */
  readonly rate: number;
  readonly count?: number;
  /** Seconds. */
  readonly duration?: number;
  /** How many products the orders are spread over. */
  readonly products: number;
  readonly seed: number;
  /** Ends the starting of orders; those in flight are waited for. */
  readonly signal: AbortSignal;
  readonly observer: (counts: ProduceCounts) => void;
}

export interface ProduceCounts {
  /** Orders that were sent. */
  started: number;
  /** Orders that the platform keeps: confirmed, or still pending. */
  accepted: number;
  confirmed: number;
  /** The platform said no, mostly because the stock is gone. */
  refused: number;
  /** Nobody knows: no answer, or an error of the platform. */
  failed: number;
}

/** Places mock orders at a set rate as a customer that it registers. @returns the counts of the whole run */
export async function runProduce(visitor: ApiClient, options: ProduceOptions): Promise<ProduceCounts> {
  const { client: customer } = await registerNewCustomer(visitor, 'Order Producer');
  const productIds = await chooseProducts(customer, options.products);
  const random = seededRandom(options.seed);
  const counts: ProduceCounts = { started: 0, accepted: 0, confirmed: 0, refused: 0, failed: 0 };

  const placeOne = async (index: number) => {
    counts.started += 1;
    try {
      const order = await customer.placeOrder(mockOrder(productIds, random), `produce/${index}`);
      counts.accepted += 1;
      if (order.status === 'CONFIRMED') counts.confirmed += 1;
    } catch (error) {
      if (isRefusal(error)) counts.refused += 1;
      else counts.failed += 1;
    }
  };

  const everySecond = setInterval(() => {
    options.observer({ ...counts });
  }, 1000);
  try {
    await openLoop(placeOne, options);
  } finally {
    clearInterval(everySecond);
  }
  return counts;
}

async function chooseProducts(customer: ApiClient, wanted: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(100, wanted - ids.length);
    const page = await customer.listProducts({ in_stock: true, limit, ...(cursor ? { cursor } : {}) });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor && ids.length < wanted);
  if (ids.length === 0)
    throw new TradewindError('NOT_FOUND', 'no product is in stock: import a catalogue first');
  return ids;
}

const isRefusal = (error: unknown) =>
  error instanceof TradewindError && error.code !== 'INTERNAL' && !isTransient(error);
