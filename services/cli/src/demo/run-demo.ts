import type { ApiClient } from '../api/client.ts';
import type { Order, Product, User } from '../api/types.ts';
import { formatMoney } from '../import/money.ts';
import type { ImportSummary } from '../import/summary.ts';
import { registerNewCustomer } from '../new-customer.ts';
import {
  cancelOrder,
  chooseInStock,
  countsOf,
  describeProduct,
  importSamples,
  placeOrder,
  quantity,
  search,
  searchWord,
  waitForMail,
  waitForStock,
} from './actions.ts';
import type { Mail } from './mailbox.ts';
import { stepTeller, type StepObserver } from './steps.ts';

export interface DemoOptions {
  /** Somebody who may create products and change their stock. */
  readonly admin: ApiClient;
  /** The maildev that catches the platform's mail; without it the demo does not wait for mail. */
  readonly mailUrl?: string;
  readonly signal: AbortSignal;
  readonly observer: StepObserver;
}

/** What the demo saw. */
export interface DemoStory {
  readonly imported: ImportSummary;
  readonly customer: User;
  readonly found: readonly Product[];
  readonly product: Product;
  readonly confirmed: Order;
  readonly stock: { readonly before: number; readonly ordered: number; readonly cancelled: number };
  readonly mails: { readonly order: Mail; readonly cancellation: Mail } | undefined;
  readonly cancelled: Order;
}

/**
 * Plays the whole story of a shop on a running platform: import, register, log in, search, order, see the stock fall and
 * the mail arrive, cancel, see the stock return. It can be played again and again. Throws at the first step that fails.
 */
export async function runDemo({ admin, mailUrl, signal, observer }: DemoOptions): Promise<DemoStory> {
  const step = stepTeller(observer);

  const imported = await step('Import the sample catalogue', () => importSamples(admin, signal), countsOf);

  const { email, client: customer } = await step(
    'Register a customer',
    () => registerNewCustomer(admin, 'Demo Customer'),
    (registered) => registered.email,
  );

  const user = await step(
    'Log in',
    () => customer.me(),
    ({ role }) => `as ${role}`,
  );

  const found = await step(
    `Search the catalogue for "${searchWord}"`,
    () => search(customer),
    (products) => products.map(({ name }) => name).join(', '),
  );

  const product = await step(
    'Choose one that is in stock',
    () => chooseInStock(admin, found),
    describeProduct,
  );

  const confirmed = await step(
    `Order ${quantity} of it, and see the order confirmed`,
    () => placeOrder(customer, product, signal),
    ({ id, total }) => `order ${id}, ${formatMoney(total)}`,
  );

  const before = product.on_hand;
  const ordered = await step(
    'See the stock fall',
    () => waitForStock(customer, product, before - quantity, signal),
    (after) => `${before} → ${after}`,
  );

  const seen: Mail[] = [];
  const nextMail = (title: string) =>
    mailUrl === undefined
      ? undefined
      : step(
          title,
          () => waitForMail({ address: email, about: confirmed.id, seen, mailUrl, signal }),
          ({ subject }) => `"${subject}"`,
        );
  const orderMail = await nextMail('Get the mail about the order');

  const cancelled = await step(
    'Cancel the order',
    () => cancelOrder(customer, confirmed),
    ({ status }) => status,
  );

  const returned = await step(
    'See the stock return',
    () => waitForStock(customer, product, before, signal),
    (after) => `${ordered} → ${after}`,
  );

  const cancellationMail = await nextMail('Get the mail about the cancellation');

  return {
    imported,
    customer: user,
    found,
    product,
    confirmed,
    stock: { before, ordered, cancelled: returned },
    mails: orderMail && cancellationMail && { order: orderMail, cancellation: cancellationMail },
    cancelled,
  };
}
