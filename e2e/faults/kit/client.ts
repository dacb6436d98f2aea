import { send, type Answer, type Problem, type Sent } from '../../kit/http.ts';
import type { Order } from '../../kit/rest.ts';

export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'COMPLETED' | 'CANCELLED';

export type OrderAnswer =
  /** The shop has the order and answers for it, also when its decision was a refusal. */
  | { readonly kind: 'accepted'; readonly orderId: string; readonly status: OrderStatus }
  /** For want of stock, before anything was written. */
  | { readonly kind: 'refused' }
  /** Nobody knows whether the order is there: it is to be repeated with its key. */
  | { readonly kind: 'unclear' };

export interface KnownOrder {
  readonly status: OrderStatus;
  readonly lines: readonly Line[];
}

/** A shop as its buyers and its merchant see it. Answers that no client should ever get reject. */
export interface Client {
  readonly order: (key: string, lines: readonly Line[]) => Promise<OrderAnswer>;
  readonly cancel: (orderId: string) => Promise<'cancelled' | 'refused' | 'unclear'>;
  readonly restock: (key: string, productId: string, units: number) => Promise<'done' | 'unclear'>;
  readonly read: (orderId: string) => Promise<KnownOrder>;
}

export interface HttpClientOptions {
  /** The gateways: each request goes to the next one, as a load balancer without health checks would send it. */
  readonly urls: readonly string[];
  /** The buyer's. */
  readonly token: string;
  /** The merchant's. */
  readonly adminToken: string;
}

/** An order, or a problem that may name one. */
type PlacingBody = Order & Pick<Problem, 'code'> & { readonly order_id?: string };

export function httpClient({ urls, token, adminToken }: HttpClientOptions): Client {
  let turn = 0;
  /** Undefined when the connection broke, or when the answer says that the outcome is not known. */
  const clear = async <T>(path: string, sent: Sent): Promise<Answer<T> | undefined> => {
    const url = urls[turn++ % urls.length] ?? '';
    const answer = await send<T>(url + path, sent).catch(() => undefined);
    return answer?.status === 503 || answer?.status === 504 ? undefined : answer;
  };
  const unexpected = (what: string, { status, body }: Answer<unknown>) =>
    new Error(`${what} was answered ${status}: ${JSON.stringify(body)}`);

  return {
    async order(key, lines) {
      const items = lines.map(({ productId, quantity }) => ({ product_id: productId, quantity }));
      const answer = await clear<PlacingBody>('/api/orders', {
        token,
        key,
        json: { items },
      });
      if (!answer) return { kind: 'unclear' };
      const { status, body } = answer;
      if (status === 201 || status === 202)
        return { kind: 'accepted', orderId: body.id, status: body.status };
      if (status === 409 && body.order_id !== undefined)
        return { kind: 'accepted', orderId: body.order_id, status: 'CANCELLED' };
      if (status === 409 && body.code === 'OUT_OF_STOCK') return { kind: 'refused' };
      throw unexpected(`order ${key}`, answer);
    },

    async cancel(orderId) {
      const answer = await clear<Problem>(`/api/orders/${orderId}`, { method: 'DELETE', token });
      if (!answer) return 'unclear';
      if (answer.status === 200) return 'cancelled';
      if (answer.status === 409) return 'refused';
      throw unexpected(`cancelling ${orderId}`, answer);
    },

    async restock(key, productId, units) {
      const json = { delta: units, reason: 'delivery' };
      const answer = await clear(`/api/products/${productId}/stock`, { token: adminToken, key, json });
      if (!answer) return 'unclear';
      if (answer.status === 200) return 'done';
      throw unexpected(`restocking ${productId}`, answer);
    },

    async read(orderId) {
      const answer = await send<Order>(`${urls[0] ?? ''}/api/orders/${orderId}`, { token });
      if (answer.status !== 200) throw unexpected(`reading ${orderId}`, answer);
      const { status, items } = answer.body;
      return { status, lines: items.map(({ product_id: productId, quantity }) => ({ productId, quantity })) };
    },
  };
}
