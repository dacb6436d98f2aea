/** The gateway's JSON, as far as this program reads it; /openapi.json of a running gateway has all of it. */
export interface Money {
  /** ISO 4217. */
  readonly currency: string;
  /** In minor units. */
  readonly amount: number;
}

export interface User {
  readonly id: string;
  readonly email?: string;
  readonly username?: string;
  readonly role: string;
}

export interface Login {
  readonly access_token: string;
  readonly expires_at: string;
  readonly refresh_token: string;
  readonly user: User;
}

export interface ProductFields {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly price: Money;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Product extends ProductFields {
  readonly id: string;
  readonly archived: boolean;
  readonly version: number;
  readonly on_hand: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string | null;
}

export interface Movement {
  readonly sequence: number;
  readonly quantity: number;
  /** On hand after it. */
  readonly balance: number;
}

export type StockChange =
  { readonly delta: number } | { readonly set_to: number } | { readonly up_to: number };

export interface StockAnswer {
  readonly movement: Movement | null;
  readonly on_hand: number;
}

export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'COMPLETED' | 'CANCELLED';

export interface OrderLine {
  readonly product_id: string;
  readonly quantity: number;
}

export interface Order {
  readonly id: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderLine[];
  readonly total: Money;
}
