import { TradewindError } from '@tradewind/shared/errors';
import { send, type HttpOptions } from './http.ts';
import type { Login } from './types.ts';

export type Credentials =
  { readonly token: string } | { readonly login: string; readonly password: string } | undefined;

const renewBeforeMs = 30_000;

/** Keeps an access token fresh: logs in at first use, refreshes before it expires, logs in again when that fails. */
export class Session {
  readonly #credentials: Credentials;
  readonly #http: HttpOptions;
  #login: Login | undefined;
  #renewal: Promise<Login> | undefined;

  constructor(credentials: Credentials, http: HttpOptions) {
    this.#credentials = credentials;
    this.#http = http;
  }

  /** Undefined for somebody who never logs in. */
  async accessToken(): Promise<string | undefined> {
    if (this.#credentials === undefined) return undefined;
    if ('token' in this.#credentials) return this.#credentials.token;
    if (this.#login && Date.parse(this.#login.expires_at) - Date.now() > renewBeforeMs) {
      return this.#login.access_token;
    }
    return (await this.#renewOnce()).access_token;
  }

  /** After the platform refused `token`. False when there is no way to another one. */
  async renew(token: string | undefined): Promise<boolean> {
    if (this.#credentials === undefined || 'token' in this.#credentials) return false;
    if (this.#login?.access_token === token) await this.#renewOnce();
    return true;
  }

  /** Concurrent requests share one renewal: a refresh token is good for one use. */
  async #renewOnce(): Promise<Login> {
    this.#renewal ??= this.#logIn().finally(() => {
      this.#renewal = undefined;
    });
    return await this.#renewal;
  }

  async #logIn(): Promise<Login> {
    this.#login = (await this.#refresh()) ?? (await this.#authenticate());
    return this.#login;
  }

  async #refresh(): Promise<Login | undefined> {
    if (!this.#login) return undefined;
    try {
      return await this.#post('/api/users/refresh', { refresh_token: this.#login.refresh_token });
    } catch (error) {
      if (error instanceof TradewindError && error.code === 'UNAUTHENTICATED') return undefined;
      throw error;
    }
  }

  async #authenticate(): Promise<Login> {
    if (!this.#credentials || 'token' in this.#credentials)
      throw new TradewindError('UNAUTHENTICATED', 'log in first');
    const { login, password } = this.#credentials;
    return await this.#post('/api/users/authenticate', { login, password, device: 'tradewind cli' });
  }

  async #post(path: string, body: unknown): Promise<Login> {
    const answer = await send({ method: 'POST', path, body, idempotent: true }, this.#http);
    return answer.body as Login;
  }
}
