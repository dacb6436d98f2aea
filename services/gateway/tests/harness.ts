import { createLogger, startTelemetry, type Logger } from '@tradewind/shared/telemetry';
import { inject } from 'vitest';
import { startGateway } from '../src/app.ts';
import type { GatewayConfig } from '../src/config.ts';
import { callerKey, serveFakes, type Behaviour } from './fake-upstreams.ts';
import { createIssuer, type Issuer } from './tokens.ts';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly trace_id?: string;
  readonly [extension: string]: unknown;
}

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Sent {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly body?: string | Buffer;
}

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly issuer: Issuer;
  readonly behaviour: Behaviour;
  /** Sends a request; JSON answers are parsed. */
  readonly send: <T = Problem>(path: string, request?: Sent) => Promise<Answer<T>>;
}

export interface TestGatewayOptions extends Partial<
  Pick<GatewayConfig, 'natsUrl' | 'decisionWaitMs' | 'targets' | 'tls'>
> {
  readonly behaviour?: Behaviour;
  readonly log?: Logger;
}

/** A gateway on a free port with real NATS and Redis, before one server that plays the services behind it. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  await using stack = new AsyncDisposableStack();
  // Without telemetry there are no trace ids.
  stack.use(
    await startTelemetry({
      service: 'gateway',
      host: '127.0.0.1',
      port: 0,
      otlpEndpoint: undefined,
      isReady: () => true,
    }),
  );
  const issuer = await createIssuer();
  const behaviour: Behaviour = options.behaviour ?? {};
  behaviour.users = { getSigningKeys: () => Promise.resolve({ jwksJson: issuer.jwks }), ...behaviour.users };
  const fakes = stack.use(await serveFakes(behaviour, options.tls));
  const target = `127.0.0.1:${fakes.port}`;
  const config: GatewayConfig = {
    host: '127.0.0.1',
    port: 0,
    corsOrigins: ['*'],
    targets: options.targets ?? { user: target, inventory: target, order: target, mailer: target },
    tls: options.tls,
    serviceKey: callerKey,
    jwtSecret: undefined,
    redis: { address: inject('redisAddr'), password: undefined, database: 0 },
    natsUrl: options.natsUrl ?? inject('natsUrl'),
    nats: {},
    decisionWaitMs: options.decisionWaitMs ?? 3000,
  };
  const { url } = stack.use(await startGateway(config, options.log ?? createLogger('gateway', 'silent')));
  const resources = stack.move();
  return {
    url,
    issuer,
    behaviour,
    send: (path, request) => send(url + path, request),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export async function send<T = Problem>(
  url: string,
  { method, token, headers = {}, json, body }: Sent = {},
): Promise<Answer<T>> {
  const payload = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(url, {
    method: method ?? (payload === undefined ? 'GET' : 'POST'),
    headers: {
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : text) as T,
  };
}
