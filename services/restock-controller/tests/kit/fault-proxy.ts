import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { createAuthority } from '@tradewind/local/kubernetes';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
}

/** What the proxy does to a request in the API server's place. */
export type Fault =
  | { readonly kind: 'reset' }
  /** No answer ever comes, and the connection stays open. */
  | { readonly kind: 'silence' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Record<string, string>;
    }
  /** The request is let through; its answer's headers wait until this resolves. */
  | { readonly kind: 'late'; readonly until: (status: number) => Promise<void> };

/** Stands between a client and the real API server, and does to a request what the test wants. */
export interface FaultProxy extends AsyncDisposable {
  readonly config: KubeConfig;
  /** All requests so far, also those that were not let through. */
  readonly asked: readonly Asked[];
  /** The status of each refusal by the API server itself, also in a running watch. */
  readonly refused: readonly number[];
  /** Decides on each request from now on; undefined lets it through. */
  fault: (asked: Asked) => Fault | undefined;
  /** How many watches are open at the API server through this proxy. */
  openWatches: () => number;
  /** How many connections clients have opened so far. */
  connections: () => number;
  /** Closes every connection with a reset. */
  resetAll: () => void;
  /** From now on no byte goes through connections that are open; they stay so. */
  freezeOpen: () => void;
}

export interface FaultProxyOptions {
  /** Whether the API server knows clients by what they say of themselves, such as a token, and not by the kubeconfig. */
  readonly asClient?: boolean;
}

/** @param kubeconfig the file by which the API server knows the proxy, and so everybody behind it */
export async function startFaultProxy(
  kubeconfig: string,
  { asClient = false }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const upstream = new KubeConfig();
  upstream.loadFromFile(kubeconfig);
  const user = upstream.getCurrentUser();
  const cluster = upstream.getCurrentCluster();
  const agent = new Agent({
    ca: Buffer.from(cluster?.caData ?? '', 'base64'),
    ...(!asClient && {
      cert: Buffer.from(user?.certData ?? '', 'base64'),
      key: Buffer.from(user?.keyData ?? '', 'base64'),
    }),
    keepAlive: true,
  });
  const authority = createAuthority('fault-proxy-authority');
  const own = authority.issue({ commonName: 'fault-proxy' }, ['127.0.0.1']);
  const asked: Asked[] = [];
  const refused: number[] = [];
  /** The TCP connections below the TLS ones, which alone can be reset, by the client's port. */
  const sockets = new Map<number | undefined, Socket>();
  const frozen = new Set<number | undefined>();
  let watches = 0;
  let connections = 0;

  const server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
    const one = toAsked(request);
    asked.push(one);
    const fault = proxy.fault(one);
    if (fault === undefined) forward(one, request, response);
    else if (fault.kind === 'late') forward(one, request, response, fault.until);
    else commit(fault, sockets.get(request.socket.remotePort), response);
  });
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    connections += 1;
    sockets.set(remotePort, socket);
    socket.once('close', () => {
      sockets.delete(remotePort);
      frozen.delete(remotePort);
    });
  });

  function forward(
    one: Asked,
    request: IncomingMessage,
    response: ServerResponse,
    mayAnswer: (status: number) => Promise<void> = () => Promise.resolve(),
  ): void {
    const url = new URL(request.url ?? '/', cluster?.server);
    const headers = { ...request.headers, host: url.host };
    const sent = httpsRequest(url, { agent, method: one.method, headers }, (answer) => {
      const { statusCode = 502 } = answer;
      if (statusCode >= 400) refused.push(statusCode);
      void mayAnswer(statusCode).then(() => {
        response.writeHead(statusCode, answer.headers);
        pass(answer);
      });
    });
    function pass(answer: IncomingMessage): void {
      answer.on('data', (chunk: Buffer) => {
        if (one.isWatch) refused.push(...refusalsIn(chunk));
        if (!frozen.has(request.socket.remotePort)) response.write(chunk);
      });
      answer.once('end', () => {
        if (!frozen.has(request.socket.remotePort)) response.end();
      });
      answer.once('error', () => response.destroy());
    }
    if (one.isWatch) watches += 1;
    sent.once('close', () => {
      if (one.isWatch) watches -= 1;
    });
    sent.once('error', () => response.destroy());
    response.once('close', () => sent.destroy());
    request.pipe(sent);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'proxy',
      server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      caData: Buffer.from(authority.certificate).toString('base64'),
      skipTLSVerify: false,
    },
    { name: 'anybody' },
  );
  const proxy: FaultProxy = {
    config,
    asked,
    refused,
    fault: () => undefined,
    openWatches: () => watches,
    connections: () => connections,
    resetAll: () => {
      for (const socket of sockets.values()) socket.resetAndDestroy();
    },
    freezeOpen: () => {
      for (const port of sockets.keys()) frozen.add(port);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.values()) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

/** The administrator's own way to the API server, past any proxy. */
export function directConfig(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(readFileSync(kubeconfig, 'utf8'));
  return config;
}

function toAsked({ method = 'GET', url = '/' }: IncomingMessage): Asked {
  const { pathname, searchParams } = new URL(url, 'https://any');
  return { method, path: pathname, query: searchParams, isWatch: searchParams.get('watch') === 'true' };
}

/** The codes in the errors by which the API server ends a watch that had begun. */
function refusalsIn(chunk: Buffer): number[] {
  const errors = chunk.toString().matchAll(/"type":"ERROR".*"code":(\d+)/g);
  return [...errors].map(([, code]) => Number(code));
}

function commit(
  fault: Exclude<Fault, { kind: 'late' }>,
  socket: Socket | undefined,
  response: ServerResponse,
): void {
  switch (fault.kind) {
    case 'reset':
      socket?.resetAndDestroy();
      return;
    case 'silence':
      return;
    case 'answer':
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body ?? '{}');
  }
}
