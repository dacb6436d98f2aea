/** The gateway's JSON, as far as these tests read it. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
  readonly user: User;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly role: string;
}

export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: { readonly currency: string; readonly amount: number };
  readonly on_hand: number;
}

export interface Order {
  readonly id: string;
  readonly user_id: string;
  readonly status: 'PENDING' | 'CONFIRMED' | 'COMPLETED' | 'CANCELLED';
  readonly items: readonly { readonly product_id: string; readonly quantity: number }[];
}

export interface Movement {
  readonly sequence: number;
  readonly kind: string;
  readonly quantity: number;
  readonly balance: number;
  readonly reason: string;
}

export interface Mail {
  readonly subject: string;
  readonly html?: string;
  readonly to: readonly { readonly address: string }[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}
