import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, startPlatform, type Platform, type Ports, type Program } from '@tradewind/local/platform';

export interface ShopProduct {
  readonly id: string;
  /** What the gateway answers when it is read. */
  readonly body: string;
}

/** A platform with a catalogue and customers, in a folder that goes with it. */
export interface BenchShop extends AsyncDisposable {
  readonly dir: string;
  readonly platform: Platform;
  readonly ports: Ports;
  readonly products: readonly ShopProduct[];
  /** Access tokens of customers. */
  readonly tokens: readonly string[];
  /** The first page of products, as the gateway answers it. */
  readonly listBody: string;
  /** Every process of the shop, by name. */
  readonly programs: ReadonlyMap<string, Program>;
}

export interface ShopOptions {
  readonly report: (line: string) => void;
  /** Added to the environment of every service. */
  readonly env?: Readonly<Record<string, string>>;
}

export const listPath = '/api/products?limit=20';

const productCount = 200;
const customerCount = 8;
const plenty = 1_000_000_000;
const password = 'correct horse battery staple';

export async function openShop({ report, env = {} }: ShopOptions): Promise<BenchShop> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'tradewind-bench-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const ports = await freePorts();
  const platform = stack.use(await startPlatform({ dir, ports, report, env }));
  const { url, admin } = platform;
  const adminToken = await logIn(url, admin.login, admin.password);
  report(`filling it: ${productCount} products, ${customerCount} customers`);
  const ids: string[] = [];
  for (let index = 0; index < productCount; index += 1) {
    const { id } = await post<{ id: string }>(`${url}/api/products`, newProduct(index), adminToken);
    ids.push(id);
  }
  const tokens: string[] = [];
  for (let index = 0; index < customerCount; index += 1) {
    const username = `customer-${index}`;
    await post(`${url}/api/users/register`, { username, password, name: 'A Customer' });
    tokens.push(await logIn(url, username, password));
  }
  const products = await Promise.all(
    ids.map(async (id) => ({ id, body: await read(`${url}/api/products/${id}`) })),
  );
  const listBody = await read(url + listPath);
  const all = [...platform.servers.programs, platform.mail, ...Object.values(platform.services)];
  const resources = stack.move();
  return {
    ...{ dir, platform, ports, products, tokens, listBody },
    programs: new Map(all.map((program) => [program.name, program])),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** About 900 bytes as an answer. */
const newProduct = (index: number) => ({
  sku: `BENCH-${index}`,
  name: `Phone ${index}, 128 GB, black, with a name of the usual length`,
  description: 'A phone with a long battery life, a bright screen and a good camera. '.repeat(5),
  category: 'smartphones',
  price: { currency: 'EUR', amount: 1999 + index },
  attributes: { brand: 'Acme', colour: 'black', storage: '128 GB' },
  initial_stock: plenty,
});

async function logIn(url: string, login: string, secret: string): Promise<string> {
  const body = { login, password: secret };
  return (await post<{ access_token: string }>(`${url}/api/users/authenticate`, body)).access_token;
}

async function post<T>(url: string, json: unknown, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(json),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

async function read(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  return await response.text();
}
