import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TradewindError } from '@tradewind/shared/errors';
import { currentTraceId } from '@tradewind/shared/telemetry';
import { startTestGateway, type TestGateway } from './harness.ts';
import { ada } from './tokens.ts';

let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  token = await gateway.issuer.tokenFor(ada);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

/** What the gateway answers to bytes that fetch would not send. */
async function raw(bytes: string | Buffer): Promise<{ status: number; head: string; body: string }> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  return { status: Number(head.split(' ')[1]), head, body };
}

const request = (line: string, headers: readonly string[] = [], body = '') =>
  [`${line} HTTP/1.1`, 'host: x', 'connection: close', ...headers, '', body].join('\r\n');

describe('everything that is refused is a problem', () => {
  test('an unknown path is 404', async () => {
    const { status, headers, body } = await gateway.send('/api/nothing');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ type: 'urn:tradewind:error:not-found', code: 'NOT_FOUND', status: 404 });
  });

  test.each([
    ['DELETE', '/api/products', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/api/users/register', 'OPTIONS, POST'],
    ['PUT', '/api/orders/1', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['POST', '/livez', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/products', 'GET, HEAD, OPTIONS, POST'],
    ['TRACE', '/api/orders', 'GET, HEAD, OPTIONS, POST'],
  ])('%s of %s is 405 and says what is allowed', async (method, path, allow) => {
    const { status, head, body } = await raw(request(`${method} ${path}`));
    expect(status).toBe(405);
    expect(head.toLowerCase()).toContain(`allow: ${allow.toLowerCase()}`);
    expect(body).toContain('METHOD_NOT_ALLOWED');
  });

  test('a body above 1 MiB is 413', async () => {
    const json = { login: 'ada', password: 'x'.repeat(1024 * 1024) };
    const { status, body } = await gateway.send('/api/users/authenticate', { json });
    expect([status, body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  test('a client that still writes its too large body gets the answer, and not a reset', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const size = 2 * 1024 * 1024;
    const headers = ['host: x', 'content-type: application/json', `content-length: ${size}`];
    socket.write(['POST /api/users/authenticate HTTP/1.1', ...headers, '', 'x'.repeat(size)].join('\r\n'));
    socket.write(request('GET /livez'));
    let answers = '';
    for await (const chunk of socket) answers += String(chunk);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense'])(
    'a body of type %s is 415',
    async (type) => {
      const sent = { body: 'login=ada', headers: { 'content-type': type } };
      const { status, body } = await gateway.send('/api/users/authenticate', sent);
      expect([status, body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  test('a content type without a body says nothing', async () => {
    const headers = { 'content-type': 'application/json' };
    const { status, body } = await gateway.send('/api/products/p1', { method: 'DELETE', token, headers });
    expect([status, body.detail]).toEqual([404, expect.stringContaining('in this test')]);
  });

  test.each([
    ['broken JSON', '{"login":'],
    ['prototype poisoning', '{"login":"ada","password":"x","__proto__":{"admin":true}}'],
    ['constructor poisoning', '{"login":"ada","password":"x","constructor":{"prototype":{}}}'],
    ['no body at all', ''],
    ['an array', '[]'],
    ['null', 'null'],
    ['another encoding than UTF-8', Buffer.from('{"login":"\xe4","password":"x"}', 'latin1')],
    ['null bytes', '{"login":"a\\u0000","password":"x"}'],
  ])('%s is 400', async (_, body) => {
    const sent = { body, headers: { 'content-type': 'application/json' }, method: 'POST' };
    const answer = await gateway.send('/api/users/authenticate', sent);
    expect([answer.status, answer.body.code]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  test.each([
    ['a path that cannot be decoded', request('GET /api/products/%E0%A4')],
    ['a null byte in an id', request('GET /api/products/a%00b')],
    ['an id of another shape', request('GET /api/products/..%2f..%2fetc')],
    ['an id that is too long', request(`GET /api/products/${'a'.repeat(65)}`)],
    ['an id that is far too long', request(`GET /api/products/${'a'.repeat(5000)}`)],
    ['a content length that is none', request('POST /api/users/authenticate', ['content-length: x'])],
    ['two content lengths', request('POST /register', ['content-length: 1', 'content-length: 2'])],
    ['a method that is none', request('HACK /api/products')],
    ['something else than HTTP', 'hello\r\n\r\n'],
    ['no host', 'GET /api/products HTTP/1.1\r\nconnection: close\r\n\r\n'],
    ['an unknown query parameter', request('GET /api/products?sorted=1')],
    ['a query parameter given twice', request('GET /api/products?limit=1&limit=2')],
  ])('%s is 400', async (_, bytes) => {
    const { status, head, body } = await raw(bytes);
    expect(status).toBe(400);
    expect(head.toLowerCase()).toContain('application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ code: 'INVALID_ARGUMENT', status: 400 });
  });

  test('headers and paths that are too long are 431', async () => {
    for (const bytes of [
      request('GET /', [`x: ${'a'.repeat(20_000)}`]),
      request(`GET /?${'a'.repeat(20_000)}`),
    ]) {
      const { status, body } = await raw(bytes);
      expect(status).toBe(431);
      expect(JSON.parse(body)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', status: 431 });
    }
  });

  test('the wrong fields are named by their paths', async () => {
    const json = {
      items: [
        { product_id: 'p1', quantity: 0 },
        { product_id: 'no good!', quantity: '2' },
        { colour: 'red' },
      ],
      address: { name: 'Ada', line1: 'x', city: 'y', postal_code: '1', country: 'England' },
      coupon: 'FREE',
    };
    const { status, body } = await gateway.send('/api/orders', { token, json });
    expect(status).toBe(400);
    expect(body.errors).toEqual(
      expect.arrayContaining([
        { field: 'coupon', message: 'is not a known field' },
        { field: 'items[0].quantity', message: 'must be >= 1' },
        { field: 'items[1].quantity', message: 'must be a whole number' },
        { field: 'items[1].product_id', message: expect.stringContaining('must have the form of') as string },
        { field: 'items[2].product_id', message: 'is required' },
        { field: 'items[2].colour', message: 'is not a known field' },
        { field: 'address.country', message: 'must have the form of "GB"' },
      ]),
    );
  });

  test('a body with seventy thousand wrong fields is answered with twenty of them, soon', async () => {
    const json = Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`f${index}`, 1]));
    const startedAt = performance.now();
    const { status, body } = await gateway.send('/api/orders', { token, json });
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(20);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('access tokens', () => {
  const sent = { json: { items: [{ product_id: 'p1', quantity: 1 }] } };

  test('are asked for', async () => {
    const { status, headers, body } = await gateway.send('/api/orders', sent);
    expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="tradewind"');
  });

  test('are refused when expired, forged, malformed or of another scheme, and go no further', async () => {
    const [head = '', claims = ''] = token.split('.');
    const calls = vi.fn();
    gateway.behaviour.orders = {
      createOrder: (request) => {
        calls(request);
        return Promise.reject(new TradewindError('INTERNAL', 'never'));
      },
    };
    const wrong = [
      `Bearer ${await gateway.issuer.tokenFor(ada, -1000)}`,
      `Bearer ${head}.${claims}.${'A'.repeat(86)}`,
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`,
      'Bearer nonsense',
      'Bearer ',
      'Basic YWRhOnNlY3JldA==',
    ];
    for (const authorization of wrong) {
      const { status, headers } = await gateway.send('/api/orders', { ...sent, headers: { authorization } });
      expect(status, authorization).toBe(401);
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    expect(calls).not.toHaveBeenCalled();
  });

  test('are refused on public routes too when they are wrong', async () => {
    const { status } = await gateway.send('/api/products', { token: 'nonsense' });
    expect(status).toBe(401);
  });
});

describe('failures behind the gateway', () => {
  test('from 500 on the caller learns an id and nothing else', async () => {
    gateway.behaviour.orders = { getOrder: () => Promise.reject(new Error('the password is hunter2')) };
    const { status, headers, body } = await gateway.send('/api/orders/1', { token });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(body.trace_id).toBe(headers.get('x-request-id'));
    expect(body.trace_id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('what may be repeated says when', async () => {
    const busy = new TradewindError('RESOURCE_EXHAUSTED', 'too many tries', { retryAfterMs: 4200 });
    gateway.behaviour.users = { ...gateway.behaviour.users, authenticate: () => Promise.reject(busy) };
    const json = { login: 'ada', password: 'x' };
    const { status, headers, body } = await gateway.send('/authenticate', { json });
    expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'RESOURCE_EXHAUSTED', '5']);
  });
});

test('a service that does not answer is 503 with when to try again', async () => {
  const nobody = '127.0.0.1:1';
  const targets = { user: nobody, inventory: nobody, order: nobody, mailer: nobody };
  await using alone = await startTestGateway({ targets });
  const { status, headers, body } = await alone.send('/api/products/p1');
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
});

describe('every answer', () => {
  test('names the trace that came in', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { headers } = await gateway.send('/livez', { headers: { traceparent } });
    expect(headers.get('x-request-id')).toBe('0af7651916cd43dd8448eb211c80319c');
  });

  test('of a request with a body belongs to its trace upstream too', async () => {
    const traceparent = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    let seen: string | undefined;
    gateway.behaviour.orders = {
      createOrder: () => {
        seen = currentTraceId();
        return Promise.reject(new TradewindError('UNPRICEABLE', 'for this test'));
      },
    };
    const json = { items: [{ product_id: 'p1', quantity: 1 }] };
    await gateway.send('/api/orders', { token, json, headers: { traceparent } });
    expect(seen).toBe('1af7651916cd43dd8448eb211c80319c');
  });

  test('may be read by pages of any origin', async () => {
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'POST' };
    const preflight = await gateway.send('/api/orders', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
  });

  test('to HEAD has no body', async () => {
    const { status, body } = await gateway.send('/livez', { method: 'HEAD' });
    expect([status, body]).toEqual([200, '']);
  });

  test('is kept by nobody unless the route says so', async () => {
    const { headers } = await gateway.send('/api/orders', { token });
    expect(headers.get('cache-control')).toBe('no-store');
  });
});
