import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { TradewindError } from '@tradewind/shared/errors';
import type { ApiClient } from '../api/client.ts';
import type { Order, OrderStatus, Product } from '../api/types.ts';
import { formatMoney } from '../import/money.ts';
import { runImport } from '../import/run-import.ts';
import type { ImportSummary } from '../import/summary.ts';
import { waitFor } from '../wait-for.ts';
import { mailsTo, mentions, type Mail } from './mailbox.ts';

/** What the demo looks for, and how many units of it it orders. */
export const searchWord = 'smartphone';
export const quantity = 2;

const sampleCatalogue = fileURLToPath(new URL('../../samples/catalogue.json', import.meta.url));

export async function importSamples(admin: ApiClient, signal: AbortSignal): Promise<ImportSummary> {
  const problems: string[] = [];
  const summary = await runImport(admin, {
    file: sampleCatalogue,
    source: 'demo',
    signal,
    observer: {
      note: ({ line, message }) => problems.push(`line ${line}: ${message}`),
      progress: () => undefined,
    },
  });
  if (summary.failed > 0) throw new TradewindError('ILLEGAL_STATE', problems.join('; '));
  return summary;
}

export function countsOf({ created, updated, unchanged }: ImportSummary): string {
  return `${created} created, ${updated} updated, ${unchanged} already there`;
}

export async function search(customer: ApiClient): Promise<readonly Product[]> {
  const { items } = await customer.listProducts({ q: searchWord, limit: 20 });
  if (items.length === 0) throw new TradewindError('NOT_FOUND', `nothing was found for "${searchWord}"`);
  return items;
}

/** The found product with the most units; runs of the past may have taken them all, then it is restocked. */
export async function chooseInStock(admin: ApiClient, found: readonly Product[]): Promise<Product> {
  const [best] = found.toSorted((one, other) => other.on_hand - one.on_hand);
  if (!best) throw new TradewindError('NOT_FOUND', 'there is nothing to choose from');
  if (best.on_hand < quantity)
    await admin.changeStock(best.id, { up_to: 10 }, `demo/${randomUUID()}`, 'demo');
  const product = await admin.getProduct(best.id);
  return best.on_hand < quantity ? { ...product, on_hand: Math.max(10, product.on_hand) } : product;
}

export function describeProduct({ name, on_hand, price }: Product): string {
  return `${name}, ${formatMoney(price)}, ${on_hand} in stock`;
}

export async function placeOrder(
  customer: ApiClient,
  product: Product,
  signal: AbortSignal,
  units = quantity,
): Promise<Order> {
  const placed = await customer.placeOrder([{ product_id: product.id, quantity: units }]);
  return await waitFor('the confirmation', () => inStatus(customer, placed, 'CONFIRMED'), { signal });
}

async function inStatus(customer: ApiClient, order: Order, status: OrderStatus): Promise<Order | undefined> {
  const now = order.status === status ? order : await customer.getOrder(order.id);
  if (now.status === status) return now;
  if (now.status === 'PENDING') return undefined;
  throw new TradewindError('ILLEGAL_STATE', `the order is ${now.status}`);
}

export async function cancelOrder(customer: ApiClient, { id }: Order): Promise<Order> {
  const order = await customer.cancelOrder(id);
  if (order.status === 'CANCELLED') return order;
  throw new TradewindError('ILLEGAL_STATE', `the order is ${order.status}`);
}

export async function waitForStock(
  customer: ApiClient,
  { id }: Product,
  wanted: number,
  signal: AbortSignal,
) {
  let last = NaN;
  const ask = async () => {
    last = (await customer.getProduct(id)).on_hand;
    return last === wanted ? last : undefined;
  };
  return await waitFor(`a stock of ${wanted}`, ask, { signal });
}

export async function waitForMail(options: {
  readonly address: string;
  readonly about: string;
  readonly seen: Mail[];
  readonly mailUrl: string;
  readonly signal: AbortSignal;
}): Promise<Mail> {
  const { address, about, seen, mailUrl, signal } = options;
  const ask = async () => {
    const mails = await mailsTo(address, mailUrl, signal);
    return mails.find((mail) => mentions(mail, about) && !seen.some(({ id }) => id === mail.id));
  };
  const mail = await waitFor(`the mail about order ${about}`, ask, { signal, seconds: 60 });
  seen.push(mail);
  return mail;
}
