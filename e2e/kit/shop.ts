import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { freePorts, startPlatform, type Platform, type Ports } from '@tradewind/local/platform';
import { eventually } from './eventually.ts';
import { expectStatus, send, type Answer, type Problem, type Sent } from './http.ts';
import type { Mail, Movement, Order, Page, Product, Tokens, User } from './rest.ts';

/** Somebody who is logged in. */
export interface Person extends User {
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** A whole shop of processes and servers of its own, used over HTTP as people use it. */
export interface Shop extends AsyncDisposable {
  /** Of the present run: `restart` replaces it. */
  readonly platform: Platform;
  readonly ports: Ports;
  /** Data, logs, profile and secrets. */
  readonly dir: string;
  /** Past the interface, to see what is stored. */
  readonly mongo: MongoClient;
  readonly admin: Person;
  /** Stops everything, and starts it again with the data. */
  readonly restart: () => Promise<void>;
  readonly send: <T = Problem>(path: string, sent?: Sent) => Promise<Answer<T>>;
  readonly logIn: (login: string, password: string) => Promise<Person>;
  /** Somebody new. */
  readonly customer: () => Promise<Person>;
  /** Somebody new, made a merchant by the admin. */
  readonly merchant: () => Promise<Person>;
  /** A new product of the admin with this many units; it has been ordered once, so that every service knows it. */
  readonly product: (units: number) => Promise<Product>;
  readonly order: (person: Person, product: Product, quantity: number) => Promise<Answer<Order>>;
  /** An order that inventory has reserved stock for. */
  readonly confirmedOrder: (person: Person, product: Product, quantity: number) => Promise<Order>;
  /** The order once it is no longer PENDING. */
  readonly settled: (person: Person, orderId: string, within?: number) => Promise<Order>;
  readonly onHand: (product: Product) => Promise<number>;
  /** All of the ledger, newest first. */
  readonly movements: (product: Product) => Promise<readonly Movement[]>;
  /** What the mail page has for somebody about an order. */
  readonly mailsAbout: (person: Person, orderId: string) => Promise<readonly Mail[]>;
}

/** Every entry of a list, page by page. */
export async function allOf<T>(shop: Pick<Shop, 'send'>, path: string, token?: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const from = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page<T> = expectStatus(200, await shop.send<Page<T>>(`${path}?limit=100${from}`, { token }));
    items.push(...page.items);
    cursor = page.next_cursor;
  }
  return items;
}

export async function startShop(): Promise<Shop> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'tradewind-shop-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const ports = await freePorts();
  let platform = await startPlatform({ dir, ports });
  stack.defer(() => platform[Symbol.asyncDispose]());
  const mongo = new MongoClient(platform.servers.mongoUri);
  stack.defer(() => mongo.close());

  const sendTo: Shop['send'] = (path, sent) => send(platform.url + path, sent);

  const logIn: Shop['logIn'] = async (login, password) => {
    const answer = await sendTo<Tokens>('/api/users/authenticate', { json: { login, password } });
    const { access_token: token, refresh_token: refreshToken, user } = expectStatus(200, answer);
    return { ...user, password, token, refreshToken };
  };

  const customer = async () => {
    const json = { email: `${randomUUID()}@example.com`, password: randomUUID(), name: 'Ada Lovelace' };
    expectStatus(201, await sendTo<User>('/api/users/register', { json }));
    return await logIn(json.email, json.password);
  };

  const admin = await logIn(platform.admin.login, platform.admin.password);

  const order: Shop['order'] = (person, { id }, quantity) =>
    sendTo<Order>('/api/orders', {
      token: person.token,
      key: randomUUID(),
      json: { items: [{ product_id: id, quantity }] },
    });

  const settled: Shop['settled'] = (person, orderId, within = 20_000) =>
    eventually(
      async () => {
        const answer = await sendTo<Order>(`/api/orders/${orderId}`, { token: person.token });
        const now = expectStatus(200, answer);
        return now.status !== 'PENDING' && now;
      },
      { within, every: 50 },
    );

  /** On a busy machine the decision may come after the gateway's answer. */
  const confirmedOrder: Shop['confirmedOrder'] = async (person, product, quantity) => {
    const { body } = await order(person, product, quantity);
    const now = await settled(person, body.id);
    if (now.status !== 'CONFIRMED') throw new Error(`the order is ${now.status}: ${JSON.stringify(body)}`);
    return now;
  };

  const shop: Omit<Shop, 'platform' | typeof Symbol.asyncDispose> = {
    ports,
    dir,
    mongo,
    admin,
    send: sendTo,
    logIn,
    customer,
    order,
    restart: async () => {
      await platform[Symbol.asyncDispose]();
      platform = await startPlatform({ dir, ports });
    },
    merchant: async () => {
      const { id, email, password } = await customer();
      const role = { method: 'PUT', token: admin.token, json: { role: 'merchant' } };
      expectStatus(200, await sendTo(`/api/users/${id}/role`, role));
      return await logIn(email, password);
    },
    product: async (units) => {
      const json = {
        sku: `SKU-${randomUUID()}`,
        name: 'Thing',
        category: 'things',
        price: { currency: 'EUR', amount: 1_000 },
        initial_stock: units + 1,
      };
      const created = { token: admin.token, json };
      const product = expectStatus(201, await sendTo<Product>('/api/products', created));
      await confirmedOrder(admin, product, 1);
      return { ...product, on_hand: units };
    },
    settled,
    confirmedOrder,
    onHand: async ({ id }) => expectStatus(200, await sendTo<Product>(`/api/products/${id}`)).on_hand,
    movements: ({ id }) => allOf({ send: sendTo }, `/api/products/${id}/movements`, admin.token),
    mailsAbout: async ({ email }, orderId) => {
      const mails = expectStatus(200, await send<readonly Mail[]>(`${platform.mailUrl}/api/email`));
      return mails.filter(
        ({ to, html }) => to.some(({ address }) => address === email) && html?.includes(orderId) === true,
      );
    },
  };
  const resources = stack.move();
  return {
    ...shop,
    get platform() {
      return platform;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
