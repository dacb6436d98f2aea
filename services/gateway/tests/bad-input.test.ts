import { errorTable } from '@tradewind/shared/errors';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bodySchemaOf,
  operationsOf,
  type DocumentedOperation,
  type OpenApi,
  type Schema,
} from './document.ts';
import { startTestGateway, type Sent, type TestGateway } from './harness.ts';
import { admin } from './tokens.ts';

let gateway: TestGateway;
let document: OpenApi;
let token: string;
let expired: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  document = (await gateway.send<OpenApi>('/openapi.json')).body;
  token = await gateway.issuer.tokenFor(admin);
  expired = await gateway.issuer.tokenFor(admin, -1000);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

const wrongValues: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  2 ** 53,
  '',
  'x'.repeat(300_000),
  'nul\u0000byte',
  '\ud800',
  [],
  {},
  [[[]]],
  { $gt: '' },
];

const wrongBodies: readonly string[] = [
  '',
  '{',
  'null',
  '1',
  '"text"',
  '[]',
  '{"__proto__":{"x":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '['.repeat(100_000),
  `{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
  '{"unknown_field":1}',
  '\u0000',
  '{"items":[{"product_id":"p1","quantity":1e400}]}',
];

const wrongIds = ['%00', '..%2f', 'a%20b', 'x'.repeat(65), '%F0%9F%92%A9', '%', "'", '$where', '{}', '-%2D;'];
const wrongQueryValues = [
  '',
  '-1',
  'NaN',
  'Infinity',
  '1e999',
  '%00',
  '%FF',
  'a'.repeat(5_000),
  '[]',
  'true,false',
];

/** An answer to bad input: a 4xx problem with a code of the closed set. */
async function expectRefused(
  what: string,
  path: string,
  sent: Sent,
  statuses?: readonly number[],
): Promise<void> {
  const { status, headers, body } = await gateway.send(path, sent);
  const about = `${what}: ${sent.method ?? ''} ${path.slice(0, 100)} → ${status} ${JSON.stringify(body).slice(0, 300)}`;
  expect(status, about).toBeGreaterThanOrEqual(400);
  expect(status, about).toBeLessThan(500);
  if (statuses) expect(statuses, about).toContain(status);
  if (sent.method === 'head') return;
  expect(headers.get('content-type'), about).toContain('application/problem+json');
  expect(Object.keys(errorTable), about).toContain(body.code);
  expect(body.status, about).toBe(status);
}

const pathOf = ({ path }: DocumentedOperation, id = 'p1') => path.replace('{id}', id);

const upper = ({ method }: DocumentedOperation) => method.toUpperCase();
const key = { 'idempotency-key': 'k1' };

function eachOperation(
  check: (operation: DocumentedOperation) => Promise<void>,
  where: (operation: DocumentedOperation) => boolean,
) {
  return async () => {
    const chosen = operationsOf(document).filter(where);
    expect(chosen.length).toBeGreaterThan(0);
    for (const operation of chosen) await check(operation);
  };
}

const hasBody = ({ operation }: DocumentedOperation) => operation.requestBody !== undefined;
const hasId = ({ path }: DocumentedOperation) => path.includes('{id}');

test(
  'bodies that are not objects of known fields are refused everywhere',
  eachOperation(async (route) => {
    for (const body of wrongBodies) {
      const headers = { ...key, 'content-type': 'application/json' };
      await expectRefused(
        body.slice(0, 40),
        pathOf(route),
        { method: upper(route), token, headers, body },
        [400],
      );
    }
  }, hasBody),
  60_000,
);

test(
  'values of wrong types and out of range are refused in every field, and the field is named',
  eachOperation(async (route) => {
    const schema = bodySchemaOf(document, route.operation) as Schema;
    for (const field of Object.keys(schema.properties ?? {})) {
      for (const value of wrongValues) {
        if (allowed(schema.properties?.[field], value)) continue;
        const json = { ...example(schema), [field]: value };
        const sent = { method: upper(route), token, headers: key, json };
        await expectRefused(`${field} = ${JSON.stringify(value).slice(0, 40)}`, pathOf(route), sent, [400]);
      }
    }
  }, hasBody),
  60_000,
);

test(
  'unknown fields are refused by name',
  eachOperation(async (route) => {
    const schema = bodySchemaOf(document, route.operation) as Schema;
    const json = { ...example(schema), is_admin: true };
    const { status, body } = await gateway.send(pathOf(route), {
      method: upper(route),
      token,
      headers: key,
      json,
    });
    expect(status).toBe(400);
    expect(body.errors).toContainEqual({ field: 'is_admin', message: 'is not a known field' });
  }, hasBody),
);

test(
  'ids of another shape are refused everywhere',
  eachOperation(async (route) => {
    const schema = bodySchemaOf(document, route.operation);
    for (const id of wrongIds) {
      const sent = {
        method: upper(route),
        token,
        headers: key,
        ...(schema ? { json: example(schema) } : {}),
      };
      await expectRefused(id, pathOf(route, id), sent, [400]);
    }
  }, hasId),
);

test(
  'wrong query values are refused in every parameter',
  eachOperation(
    async (route) => {
      for (const parameter of route.operation.parameters ?? []) {
        if (parameter.in !== 'query') continue;
        for (const value of wrongQueryValues) {
          const answer = await gateway.send(`${pathOf(route)}?${parameter.name}=${value}`, { token });
          // Some of them are right for some parameters; the services behind know no product and no user here.
          expect([400, 404], `${route.path} ${parameter.name}=${value.slice(0, 20)}`).toContain(
            answer.status,
          );
        }
        await expectRefused(
          'twice',
          `${pathOf(route)}?${parameter.name}=1&${parameter.name}=2`,
          { token },
          [400],
        );
      }
      if (route.operation.security)
        await expectRefused('unknown', `${pathOf(route)}?zzz=1`, { token }, [400, 404]);
    },
    ({ method }) => method === 'get',
  ),
);

test(
  'without a good token every route for logged-in people is 401',
  eachOperation(
    async (route) => {
      const schema = bodySchemaOf(document, route.operation);
      for (const wrong of [
        undefined,
        expired,
        'nonsense',
        `${token}x`,
        token.split('.').slice(0, 2).join('.') + '.',
      ]) {
        const sent = {
          method: upper(route),
          token: wrong,
          headers: key,
          ...(schema ? { json: example(schema) } : {}),
        };
        await expectRefused(String(wrong), pathOf(route), sent, [401]);
      }
    },
    ({ operation }) => operation.security?.every((rule) => Object.hasOwn(rule, 'bearer')) === true,
  ),
);

test(
  'a good request for what is not there is 404 with the code of the service behind',
  eachOperation(
    async (route) => {
      const schema = bodySchemaOf(document, route.operation);
      const sent = {
        method: upper(route),
        token,
        headers: key,
        ...(schema ? { json: example(schema) } : {}),
      };
      await expectRefused('nothing there', pathOf(route), sent, [404]);
    },
    ({ path }) => path.startsWith('/api'),
  ),
);

test('stock is not changed without an idempotency key', async () => {
  await expectRefused('no key', '/api/products/p1/stock', { token, json: { delta: 1 } }, [400]);
  for (const headers of [
    { 'idempotency-key': '' },
    { 'idempotency-key': 'a b' },
    { 'idempotency-key': 'x'.repeat(201) },
  ]) {
    await expectRefused('bad key', '/api/products/p1/stock', { token, headers, json: { delta: 1 } }, [400]);
  }
});

test.each([{}, { delta: 1, set_to: 2 }, { delta: 1.5 }, { up_to: -1 }, { set_to: 2 ** 31 }])(
  'the stock change %j is refused',
  async (json) => {
    await expectRefused('change', '/api/products/p1/stock', { token, headers: key, json }, [400]);
  },
);

test.each([
  { password: 'long enough' },
  { email: 'ada', password: 'long enough' },
  { username: 'ada', password: 'short' },
  { username: 'a b', password: 'long enough' },
  { username: 'ada', password: 'long enough', phone: '0151' },
  { username: 'ada', password: 'long enough', role: 'admin' },
])('the registration %j is refused', async (json) => {
  await expectRefused('registration', '/api/users/register', { json }, [400]);
});

test.each([
  { items: [] },
  { items: Array.from({ length: 101 }, (_, index) => ({ product_id: `p${index}`, quantity: 1 })) },
  { items: [{ product_id: 'p1', quantity: 0 }] },
  { items: [{ product_id: 'p1', quantity: 1_000_001 }] },
  { items: [{ product_id: 'p1', quantity: 1, price: 1 }] },
  { items: [{ product_id: 'p1', quantity: 1 }], total: { currency: 'eur', amount: 1 } },
  { items: [{ product_id: 'p1', quantity: 1 }], total: { currency: 'EUR', amount: -1 } },
  { items: [{ product_id: 'p1', quantity: 1 }], total: { currency: 'EUR', amount: 2 ** 53 } },
  { items: [{ product_id: 'p1', quantity: 1 }], address: { name: 'Ada' } },
])('the order %j is refused', async (json) => {
  await expectRefused('order', '/api/orders', { token, json }, [400]);
});

/** A body that the schema takes. */
function example(schema: Schema): Record<string, unknown> {
  const whole = schema.examples?.[0];
  if (typeof whole === 'object' && whole !== null) return { ...whole };
  const required = schema.required ?? [];
  return Object.fromEntries(required.map((field) => [field, valueFor(field, schema.properties?.[field])]));
}

function valueFor(field: string, schema: Schema | undefined): unknown {
  const [given] = schema?.examples ?? [];
  if (given !== undefined) return given;
  return { role: 'merchant', refresh_token: 'abc', status: 'CANCELLED' }[field] ?? 'text';
}

/** Whether the value happens to be right for the field. */
function allowed(schema: Schema | undefined, value: unknown): boolean {
  const limits = schema as { minLength?: number; minimum?: number; type?: string } | undefined;
  if (value === '' && limits?.type === 'string') return limits.minLength === 0;
  if (value === -1 && limits?.type === 'integer') return (limits.minimum ?? 0) < 0;
  // Attributes of a product may have any name.
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isMap(schema);
}

const isMap = (schema: object | undefined) => schema !== undefined && 'propertyNames' in schema;
