import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationsOf, type OpenApi } from './document.ts';
import { startTestGateway, type TestGateway } from './harness.ts';

let gateway: TestGateway;
let document: OpenApi;

beforeAll(async () => {
  gateway = await startTestGateway();
  document = (await gateway.send<OpenApi>('/openapi.json')).body;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(
    JSON.parse(JSON.stringify(document)) as Record<string, unknown>,
  );
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
});

test('the document has every route under its own name, and no alias', () => {
  const routes = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
  expect(routes.sort()).toEqual(
    [
      'post /api/users/register',
      'post /api/users/authenticate',
      'post /api/users/refresh',
      'post /api/users/logout',
      'get /api/users/me/sessions',
      'delete /api/users/me/sessions/{id}',
      'get /api/users/{id}',
      'patch /api/users/{id}',
      'delete /api/users/{id}',
      'get /api/users',
      'put /api/users/{id}/role',
      'get /api/products',
      'post /api/products',
      'get /api/products/{id}',
      'patch /api/products/{id}',
      'delete /api/products/{id}',
      'post /api/products/{id}/stock',
      'get /api/products/{id}/movements',
      'post /api/orders',
      'get /api/orders',
      'get /api/orders/{id}',
      'patch /api/orders/{id}',
      'delete /api/orders/{id}',
      'patch /api/orders/{id}/status',
      'post /api/email',
      'get /livez',
      'get /readyz',
      'get /.well-known/jwks.json',
    ].sort(),
  );
});

test('every operation says what it is and what it may answer', () => {
  const operations = operationsOf(document);
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  const tags = document.tags.map(({ name }) => name);
  for (const { method, path, operation } of operations) {
    const what = `${method} ${path}`;
    expect(operation.summary, what).toBeTruthy();
    expect(operation.description, what).toBeTruthy();
    expect(tags, what).toContain(operation.tags?.[0]);
    for (const parameter of operation.parameters ?? []) {
      expect(parameter.description, `${what} ${parameter.name}`).toBeTruthy();
    }
    for (const [status, answer] of Object.entries(operation.responses)) {
      expect(answer.description, `${what} ${status}`).not.toBe('Default Response');
      if (Number(status) >= 400)
        expect(Object.keys(answer.content ?? {})).toEqual(['application/problem+json']);
    }
    if (operation.security) expect(Object.keys(operation.responses), what).toContain('401');
    if (operation.requestBody) {
      expect(Object.keys(operation.responses), what).toEqual(expect.arrayContaining(['400', '413', '415']));
    }
  }
});

test('every schema and every property is described', () => {
  const undescribed: string[] = [];
  const visit = (name: string, schema: Schema): void => {
    if (!schema.description && !schema.$ref && !schema.anyOf) undescribed.push(name);
    for (const [key, property] of Object.entries(schema.properties ?? {})) visit(`${name}.${key}`, property);
    if (schema.items && schema.items.$ref === undefined) visit(`${name}[]`, schema.items);
  };
  for (const [name, schema] of Object.entries(document.components.schemas)) visit(name, schema);
  expect(undescribed).toEqual([]);
});

interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly anyOf?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

test('the page for people needs nothing from elsewhere', async () => {
  const page = await gateway.send<string>('/docs');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).not.toMatch(/https?:|upgrade-insecure|swagger\.io/);
  const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link));
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    const url = new URL(link, `${gateway.url}/docs`);
    expect(url.origin).toBe(gateway.url);
    expect((await gateway.send(url.pathname)).status, link).toBe(200);
  }
  // The page asks for the document beside itself.
  expect((await gateway.send<OpenApi>('/docs/json')).body).toEqual(document);
});

test('probes and keys answer', async () => {
  expect((await gateway.send<string>('/livez')).body).toBe('live\n');
  expect((await gateway.send<string>('/readyz')).body).toBe('ready\n');
  const { headers, body } = await gateway.send<object>('/.well-known/jwks.json');
  expect(body).toEqual(JSON.parse(gateway.issuer.jwks));
  expect(headers.get('cache-control')).toBe('public, max-age=60');
});
