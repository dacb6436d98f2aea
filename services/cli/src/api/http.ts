import { TradewindError } from '@tradewind/shared/errors';
import { fromProblem } from './problem.ts';
import { retry } from './retry.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether sending it twice does no more than sending it once. */
  readonly idempotent: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface HttpOptions {
  readonly url: string;
  readonly signal: AbortSignal;
  /** How often an idempotent request is sent in all. */
  readonly attempts?: number;
}

const timeoutMs = 15_000;

/** Sends a request; whatever is no success is thrown as a TradewindError. */
export async function send(request: HttpRequest, options: HttpOptions): Promise<HttpAnswer> {
  const { signal, attempts = 8 } = options;
  return await retry(() => sendOnce(request, options), {
    signal,
    attempts: request.idempotent ? attempts : 1,
  });
}

async function sendOnce(request: HttpRequest, { url, signal }: HttpOptions): Promise<HttpAnswer> {
  const { status, headers, text } = await exchange(request, url, signal);
  const body = parseBody(text);
  if (status >= 200 && status < 300) return { status, body };
  throw fromProblem(status, body, retryAfterOf(headers));
}

async function exchange(request: HttpRequest, url: string, signal: AbortSignal) {
  try {
    const answer = await fetch(new URL(request.path, url), {
      method: request.method,
      headers: {
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  } catch (error) {
    signal.throwIfAborted();
    throw new TradewindError('UNAVAILABLE', `${url} does not answer: ${reasonOf(error)}`, { cause: error });
  }
}

function parseBody(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** fetch itself only says "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message || error.message : error.message;
}
