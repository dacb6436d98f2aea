import { TradewindError } from '@tradewind/shared/errors';
import type { ApiClient } from '../api/client.ts';
import type { Order, Product } from '../api/types.ts';
import { registerNewCustomer } from '../new-customer.ts';
import { waitFor } from '../wait-for.ts';
import { placeOrder } from './actions.ts';
import { type ProductRestock, readiness, type RestockResource } from './restock-resource.ts';
import { stepTeller, type StepObserver } from './steps.ts';

export interface RestockDemoOptions {
  /** Anybody who may register a customer. */
  readonly visitor: ApiClient;
  readonly resource: RestockResource;
  readonly signal: AbortSignal;
  readonly observer: StepObserver;
}

/** What the demo saw. */
export interface RestockStory {
  readonly order: Order;
  readonly left: number;
  readonly restock: ProductRestock;
}

/** How far below the threshold the order takes the stock. */
const drainedTo = 5;

/**
 * Shows that the shop restocks itself, after `runDemo` has filled its catalogue: applies a ProductRestock with a threshold,
 * orders so many that fewer are left, and waits until the controller has filled the shelf. The resource stays, for people
 * to look at; so it can be played again and again. Throws at the first step that fails.
 */
export async function runRestockDemo(options: RestockDemoOptions): Promise<RestockStory> {
  const { visitor, resource, signal, observer } = options;
  const step = stepTeller(observer);

  const applied = await step(
    'Apply a ProductRestock, and wait until it is ready',
    async () => {
      await resource.apply();
      const ready = async () => {
        const now = await resource.read();
        return readiness(now)?.status === 'True' ? now : undefined;
      };
      return await waitFor('the controller to look at it', ready, { signal, seconds: 60 });
    },
    ({ metadata, spec: { sku, upTo, trigger } }) =>
      `${metadata.name}: when fewer than ${trigger.threshold.below} of ${sku} are on hand, fill up to ${upTo}`,
  );

  const { client: customer } = await registerNewCustomer(visitor, 'Demo Customer');
  const { order, left } = await step(
    'Order so many that fewer are left',
    async () => {
      const product = await stocked(customer, applied.spec, signal);
      const quantity = product.on_hand - drainedTo;
      return { order: await placeOrder(customer, product, signal, quantity), left: drainedTo };
    },
    (drained) =>
      `order ${drained.order.id}, ${drained.left + (drained.order.items[0]?.quantity ?? 0)} → ${drained.left}`,
  );

  const restock = await step(
    'See the controller fill the shelf by itself',
    async () => {
      const moved = async () => {
        const now = await resource.read();
        const isNew = now.status?.lastMovementId !== applied.status?.lastMovementId;
        return isNew ? now : undefined;
      };
      return await waitFor('the restock', moved, { signal, seconds: 60 });
    },
    ({ status }) => `${left} → ${status?.stockAfter ?? '?'}`,
  );

  await step('Read what Kubernetes says of it', resource.show, (table) =>
    table.trim().replaceAll('\n', '\n      '),
  );
  return { order, left, restock };
}

/** The product once it is at its threshold or above: one that is below is just being restocked. */
async function stocked(
  customer: ApiClient,
  { sku, trigger }: ProductRestock['spec'],
  signal: AbortSignal,
): Promise<Product> {
  const ask = async () => {
    const product = await customer.findProductBySku(sku);
    if (product === undefined) throw new TradewindError('NOT_FOUND', `there is no product ${sku}`);
    return product.on_hand >= trigger.threshold.below ? product : undefined;
  };
  return await waitFor(`a stock of ${trigger.threshold.below}`, ask, { signal });
}
