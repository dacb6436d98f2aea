import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { KubeConfig } from '../client-node.ts';
import { toApiError } from './api-error.ts';
import { lines } from './lines.ts';

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/api/v1/namespaces/default/events`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** For the whole answer; by default 30 s. */
  readonly timeoutMs?: number;
}

export interface WatchRequest extends Pick<ApiRequest, 'path' | 'query'> {
  readonly signal: AbortSignal;
  /** The connection is given up after this long without a byte; the server sends a bookmark about every minute. */
  readonly idleMs: number;
}

/** One line of a watch. The object of ERROR is a Status. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** What the runtime needs of a client of the Kubernetes API. */
export interface Api {
  /** The parsed answer. @throws ApiError when the API refuses, other errors when it does not answer */
  request<T>(request: ApiRequest): Promise<T>;
  /** Every event until the server ends the watch. @throws SilentWatchError, and as `request`, also half way */
  watch<T>(request: WatchRequest): AsyncIterable<WatchEvent<T>>;
}

/** A watch was given up because nothing came: neither an event nor a bookmark. */
export class SilentWatchError extends Error {
  override readonly name = 'SilentWatchError';
}

const defaultTimeoutMs = 30_000;
/** Getting new credentials may start a program. */
const sameCredentialsMs = 60_000;

/**
 * The Kubernetes API over the addresses and credentials of a kubeconfig, or of the pod.
 *
 * The library's own client opens a TLS connection for every call, and its watch ends after 30 s of quiet; so only its
 * configuration and authentication are used.
 */
export class ApiClient implements Api, Disposable {
  #config: KubeConfig;
  #credentialsDroppedAt = -Infinity;
  readonly #agent = new Agent({ keepAlive: true, keepAliveMsecs: 30_000 });

  constructor(config: KubeConfig) {
    this.#config = config;
  }

  async request<T>(request: ApiRequest): Promise<T> {
    const timeout = AbortSignal.timeout(Math.ceil(request.timeoutMs ?? defaultTimeoutMs));
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    const response = await this.#send(request, signal);
    return JSON.parse(await text(response)) as T;
  }

  async *watch<T>({ path, query, signal, idleMs }: WatchRequest): AsyncGenerator<WatchEvent<T>> {
    const idle = new AbortController();
    const timer = setTimeout(() => {
      idle.abort(new SilentWatchError(`no byte came for ${idleMs} ms`));
      this.#closeUnused();
    }, idleMs);
    timer.unref();
    try {
      const either = AbortSignal.any([signal, idle.signal]);
      const response = await this.#send({ path, query: { ...query, watch: true } }, either);
      const heard = () => timer.refresh();
      for await (const line of lines(response, heard)) yield JSON.parse(line) as WatchEvent<T>;
    } catch (error) {
      throw idle.signal.aborted ? idle.signal.reason : error;
    } finally {
      clearTimeout(timer);
      // Whoever leaves the loop early takes the connection with him.
      idle.abort();
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** What went dead under one connection has hardly spared the others, on which the next request would wait in vain. */
  #closeUnused(): void {
    for (const socket of Object.values(this.#agent.freeSockets).flat()) socket?.destroy();
  }

  /** The library keeps what it got from a program or a file, also when the API server takes it no longer. */
  #dropCredentials(): void {
    const now = performance.now();
    if (now - this.#credentialsDroppedAt < sameCredentialsMs) return;
    this.#credentialsDroppedAt = now;
    const fresh = new KubeConfig();
    fresh.loadFromOptions(this.#config);
    this.#config = fresh;
  }

  async #send(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig names no cluster');
    const url = new URL(cluster.server.replace(/\/$/, '') + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const options: RequestOptions = {};
    await unlessAborted(this.#config.applyToHTTPSOptions(options), signal);
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const response = await exchange(url, body, {
      ...options,
      // The library's agent closes each connection after use; but only it knows the way through a proxy.
      agent: cluster.proxyUrl === undefined ? this.#agent : options.agent,
      method: request.method ?? 'GET',
      headers: {
        ...(options.headers as Record<string, string>),
        accept: 'application/json',
        ...(body === undefined
          ? {}
          : { 'content-type': request.contentType ?? 'application/json', 'content-length': body.length }),
      },
      signal,
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    if (status === 401) this.#dropCredentials();
    throw toApiError(status, await text(response), response.headers['retry-after']);
  }
}

/** For what takes no signal: credentials may come from a program that never ends. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => {
    reject(signal.reason);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  work.then(resolve, reject).finally(() => {
    signal.removeEventListener('abort', abort);
  });
  return promise;
}

function exchange(url: URL, body: Buffer | undefined, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, options, resolve);
    sent.on('error', (error) => {
      // The abort is less of a reason than what it was aborted for.
      const reason: unknown = options.signal?.aborted === true ? options.signal.reason : undefined;
      reject(reason instanceof Error ? reason : error);
    });
    sent.end(body);
  });
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
