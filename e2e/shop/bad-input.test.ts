import { generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badRequestsOf, type BadRequest } from '../kit/bad-input.ts';
import { eventually } from '../kit/eventually.ts';
import { expectStatus, type Answer, type Problem } from '../kit/http.ts';
import { exampleOf, operationsOf, type OpenApi, type Operation } from '../kit/openapi.ts';
import type { Order, Product } from '../kit/rest.ts';
import { startShop, type Person, type Shop } from '../kit/shop.ts';

let shop: Shop;
let operations: Operation[];
/** Whose things the bad requests are about. */
let ada: Person;
let mallory: Person;
let product: Product;
let order: Order;
let before: Contents;

beforeAll(async () => {
  shop = await startShop();
  operations = operationsOf(expectStatus(200, await shop.send<OpenApi>('/openapi.json')));
  [ada, mallory, product] = await Promise.all([shop.customer(), shop.customer(), shop.product(10)]);
  order = await shop.confirmedOrder(ada, product, 1);
  // What was owed at the start, or is to be told again, waits for a sweep after 30 seconds.
  before = await eventually(settledContents, { within: 60_000 });
});
afterAll(() => shop[Symbol.asyncDispose]());

type Contents = Readonly<Record<string, unknown>>;

const databases = ['tradewind_user', 'tradewind_inventory', 'tradewind_order', 'tradewind_notification'];

/** A hash of everything in each collection. */
async function contents(): Promise<Contents> {
  const hashes = await Promise.all(
    databases.map(async (name) => {
      const { collections } = await shop.mongo.db(name).command({ dbHash: 1 });
      return [name, collections] as const;
    }),
  );
  return Object.fromEntries(hashes);
}

/** The contents, once nothing is owed or left to tell, and every mail has been sent. */
async function settledContents(): Promise<Contents | false> {
  const waiting: readonly (readonly [string, string, object])[] = [
    ['tradewind_user', 'users', { owedAt: { $exists: true } }],
    ['tradewind_order', 'orders', { owedAt: { $exists: true } }],
    ['tradewind_inventory', 'products', { tellAt: { $exists: true } }],
    ['tradewind_notification', 'deliveries', { state: 'PENDING' }],
  ];
  for (const [database, collection, filter] of waiting) {
    if (await shop.mongo.db(database).collection(collection).findOne(filter)) return false;
  }
  return (await shop.mailsAbout(ada, order.id)).length === 1 && (await contents());
}

const expectNothingWritten = async () => {
  expect(await contents()).toEqual(before);
};

/** Paths of things that are there, so that the input is all that is wrong. */
function pathOf({ path }: Operation, owner = ada): string {
  const id = path.startsWith('/api/products') ? product.id : path.includes('orders') ? order.id : owner.id;
  return path.replace('{id}', id);
}

function expectProblem(what: string, { status, headers, body }: Answer<Problem>): void {
  const about = `${what} → ${status} ${JSON.stringify(body).slice(0, 300)}`;
  expect(status, about).toBeGreaterThanOrEqual(400);
  expect(status, about).toBeLessThan(500);
  expect(headers.get('content-type'), about).toContain('application/problem+json');
  expect(body, about).toMatchObject({ status, code: expect.stringMatching(/^[A-Z_]+$/) as string });
}

async function expectRefused({ what, method, path, body, field }: BadRequest, token: string): Promise<void> {
  const answer = await shop.send(path, {
    method,
    token,
    key: 'bad',
    ...(body === undefined ? {} : { body }),
  });
  const about = `${method} ${path.slice(0, 80)} with ${what}`;
  expectProblem(about, answer);
  if (field === undefined) return;
  const fields = answer.body.errors?.map((one) => one.field) ?? [];
  const named = fields.some(
    (one) => one === field || one.startsWith(`${field}.`) || one.startsWith(`${field}[`),
  );
  expect(named, `${about} names ${fields.join()} in ${answer.body.detail.slice(0, 200)}`).toBe(true);
}

const sequentially = async <T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> => {
  for (const value of values) await work(value);
};

describe('bad input is a 4xx with a code and the field, and nothing is written', () => {
  test('in bodies, ids and queries of every endpoint', async () => {
    let sent = 0;
    for (const operation of operations) {
      const wrong = badRequestsOf(operation, pathOf(operation));
      sent += wrong.length;
      await sequentially(wrong, (request) => expectRefused(request, shop.admin.token));
    }
    expect(sent).toBeGreaterThan(500);
    await expectNothingWritten();
  }, 60_000);

  test('in tokens: none, nonsense, expired, and forged by another key or none', async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const [head = '', claims = ''] = shop.admin.token.split('.');
    const forged = await new SignJWT(decoded(claims)).setProtectedHeader(decoded(head)).sign(privateKey);
    const none = `${encoded({ alg: 'none' })}.${claims}.`;
    const past = { ...decoded(claims), exp: 1_000_000_000 };
    const keys = shop.mongo.db('tradewind_user').collection<{ kid: string; privateKey: JWK }>('signing_keys');
    const own = await keys.findOne({ kid: decoded(head).kid });
    const ownKey = await importJWK(own?.privateKey ?? {}, 'EdDSA');
    const expired = await new SignJWT(past).setProtectedHeader(decoded(head)).sign(ownKey);
    const renewed = await new SignJWT(decoded(claims)).setProtectedHeader(decoded(head)).sign(ownKey);
    expectStatus(200, await shop.send('/api/users/me', { token: renewed }));
    const changed = `${head}.${encoded({ ...decoded(claims), sub: ada.id })}.${shop.admin.token.split('.')[2] ?? ''}`;
    const tokens = [undefined, 'nonsense', forged, none, expired, changed, `${shop.admin.token}x`];
    for (const operation of operations.filter(({ isPrivate }) => isPrivate)) {
      await sequentially(tokens, async (token) => {
        const answer = await shop.send(pathOf(operation), { ...goodRequest(operation), token });
        expectProblem(`${operation.name} with token ${token ?? 'none'}`, answer);
        expect(answer.status).toBe(401);
        expect(answer.body.code).toBe('UNAUTHENTICATED');
      });
    }
    await expectNothingWritten();
  });

  test('in ids of things that are not there: 404', async () => {
    const withIds = operations.filter(isAboutOne);
    await sequentially(withIds, async (operation) => {
      const path = operation.path.replace('{id}', 'nobody');
      const answer = await shop.send(path, { ...goodRequest(operation), token: shop.admin.token });
      expectProblem(operation.name, answer);
      expect(answer.status, operation.name).toBe(404);
      expect(answer.body.code).toBe('NOT_FOUND');
    });
    await expectNothingWritten();
  });

  test('in ids of what belongs to others: 403, or 404 where even that would tell', async () => {
    const withIds = operations.filter((one) => isAboutOne(one) && one.isPrivate);
    await sequentially(withIds, async (operation) => {
      const sent = { ...goodRequest(operation), token: mallory.token };
      const answer = await shop.send(pathOf(operation), sent);
      expectProblem(operation.name, answer);
      expect([403, 404], operation.name).toContain(answer.status);
    });
    await expectNothingWritten();
  });

  test('in a page token of another kind, an order for somebody else, and a query for their orders', async () => {
    const { token } = mallory;
    const line = { product_id: product.id, quantity: 1 };
    const cursors = ['/api/products', '/api/orders', '/api/users', `/api/products/${product.id}/movements`];
    await sequentially(cursors, async (path) => {
      const answer = await shop.send(`${path}?cursor=bm90IG91cnM`, { token: shop.admin.token });
      expectProblem(path, answer);
      expect(answer.status, path).toBe(400);
    });
    const refused = await Promise.all([
      shop.send('/api/orders', { token, json: { items: [line], user_id: ada.id } }),
      shop.send(`/api/orders?user_id=${ada.id}`, { token }),
      shop.send('/api/users', { token }),
    ]);
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
    await expectNothingWritten();
  });
});

/** Ending a session that one does not have is no mistake: it is over. */
const isAboutOne = ({ path }: Operation) => path.includes('{id}') && !path.includes('/me/');

const decoded = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as { alg: string; kid: string; sub: string };
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function goodRequest({ method, body }: Operation) {
  return { method, key: 'good', ...(body ? { json: exampleOf(body) } : {}) };
}
