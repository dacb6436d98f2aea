export interface Sent {
  readonly method?: string;
  readonly token?: string | undefined;
  /** The Idempotency-Key. */
  readonly key?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, and called JSON. */
  readonly body?: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** RFC 9457, as the gateway fills it. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** Sends one request, and never again; whatever the status is, it is the answer. JSON is parsed. */
export async function send<T = Problem>(url: string, sent: Sent = {}): Promise<Answer<T>> {
  const { token, key, json } = sent;
  const body = json === undefined ? sent.body : JSON.stringify(json);
  const response = await fetch(url, {
    method: sent.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : text) as T,
  };
}

/** Fails unless the answer has the status. */
export function expectStatus<T>(status: number, answer: Answer<T>): T {
  if (answer.status !== status) {
    throw new Error(`answered ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}
