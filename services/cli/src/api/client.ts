import { randomUUID } from 'node:crypto';
import { TradewindError } from '@tradewind/shared/errors';
import { send, type HttpAnswer, type HttpOptions, type HttpRequest } from './http.ts';
import { Session, type Credentials } from './session.ts';
import type {
  Movement,
  Order,
  OrderLine,
  Page,
  Product,
  ProductFields,
  StockAnswer,
  StockChange,
  User,
} from './types.ts';

export interface ApiOptions extends HttpOptions {
  readonly credentials?: Credentials;
}

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name: string;
}

export interface ProductQuery {
  readonly q?: string;
  readonly sku?: string;
  readonly category?: string;
  readonly in_stock?: boolean;
  readonly limit?: number;
  readonly cursor?: string;
}

/** A request is sent once unless it says that a repeat does no harm. */
type ApiRequest = Omit<HttpRequest, 'idempotent'> & { readonly idempotent?: boolean };

/**
 * The gateway's REST interface as one person uses it. Every method throws TradewindError; requests that may be repeated
 * are, while the platform is not available.
 */
export class ApiClient {
  readonly #http: HttpOptions;
  readonly #session: Session;

  constructor({ credentials, ...http }: ApiOptions) {
    this.#http = http;
    this.#session = new Session(credentials, http);
  }

  /** The same gateway, used by somebody else. */
  as(credentials: Credentials): ApiClient {
    return new ApiClient({ ...this.#http, credentials });
  }

  /** May be repeated: a repeat ends in ALREADY_EXISTS at worst. */
  async register(registration: Registration): Promise<User> {
    const answer = await this.#send({
      method: 'POST',
      path: '/api/users/register',
      body: registration,
      idempotent: true,
    });
    return answer.body as User;
  }

  async me(): Promise<User> {
    return (await this.#get('/api/users/me')) as User;
  }

  /** May be repeated: the sku is the key, so a repeat ends in ALREADY_EXISTS at worst. */
  async createProduct(product: ProductFields): Promise<Product> {
    const answer = await this.#send({
      method: 'POST',
      path: '/api/products',
      body: product,
      idempotent: true,
    });
    return answer.body as Product;
  }

  async getProduct(id: string): Promise<Product> {
    return (await this.#get(`/api/products/${encodeURIComponent(id)}`)) as Product;
  }

  async listProducts(query: ProductQuery): Promise<Page<Product>> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
    return (await this.#get(`/api/products?${parameters.toString()}`)) as Page<Product>;
  }

  async findProductBySku(sku: string): Promise<Product | undefined> {
    const { items } = await this.listProducts({ sku });
    return items.find((product) => product.sku === sku);
  }

  async updateProduct(id: string, changes: Partial<ProductFields>): Promise<Product> {
    const path = `/api/products/${encodeURIComponent(id)}`;
    return (await this.#send({ method: 'PATCH', path, body: changes, idempotent: true })).body as Product;
  }

  /** The newest row of the product's ledger. */
  async lastMovement(id: string): Promise<Movement | undefined> {
    const page = (await this.#get(
      `/api/products/${encodeURIComponent(id)}/movements?limit=1`,
    )) as Page<Movement>;
    return page.items[0];
  }

  /** One movement a key, however often it is sent; the key with another change is IDEMPOTENCY_KEY_REUSED. */
  async changeStock(id: string, change: StockChange, key: string, reason: string): Promise<StockAnswer> {
    const path = `/api/products/${encodeURIComponent(id)}/stock`;
    return (await this.#sendWithKey(path, { ...change, reason }, key)).body as StockAnswer;
  }

  /** The order as it stands when the gateway's time to wait is over: CONFIRMED or PENDING. OUT_OF_STOCK is thrown. */
  async placeOrder(items: readonly OrderLine[], key: string = randomUUID()): Promise<Order> {
    return (await this.#sendWithKey('/api/orders', { items }, key)).body as Order;
  }

  async getOrder(id: string): Promise<Order> {
    return (await this.#get(`/api/orders/${encodeURIComponent(id)}`)) as Order;
  }

  async cancelOrder(id: string): Promise<Order> {
    const path = `/api/orders/${encodeURIComponent(id)}`;
    return (await this.#send({ method: 'DELETE', path, idempotent: true })).body as Order;
  }

  async #get(path: string): Promise<unknown> {
    return (await this.#send({ method: 'GET', path, idempotent: true })).body;
  }

  async #sendWithKey(path: string, body: unknown, key: string): Promise<HttpAnswer> {
    return await this.#send({
      method: 'POST',
      path,
      body,
      idempotent: true,
      headers: { 'idempotency-key': key },
    });
  }

  async #send(request: ApiRequest): Promise<HttpAnswer> {
    const token = await this.#session.accessToken();
    try {
      return await this.#sendAs(token, request);
    } catch (error) {
      const refused = error instanceof TradewindError && error.code === 'UNAUTHENTICATED';
      if (!refused || !(await this.#session.renew(token))) throw error;
      return await this.#sendAs(await this.#session.accessToken(), request);
    }
  }

  async #sendAs(token: string | undefined, request: ApiRequest) {
    const headers = {
      ...request.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    return await send({ idempotent: false, ...request, headers }, this.#http);
  }
}
