import { randomBytes } from 'node:crypto';
import { TradewindError } from '@tradewind/shared/errors';
import type { ApiClient } from './api/client.ts';

export interface NewCustomer {
  readonly email: string;
  readonly client: ApiClient;
}

/** Registers somebody whom nobody has met, and gives the client that logs in as them. */
export async function registerNewCustomer(visitor: ApiClient, name: string): Promise<NewCustomer> {
  const password = randomBytes(18).toString('base64url');
  const email = `${name.toLowerCase().replaceAll(' ', '-')}-${randomBytes(6).toString('hex')}@example.com`;
  try {
    await visitor.as(undefined).register({ email, password, name });
  } catch (error) {
    // Nobody else has this address: an earlier try was done, and its answer lost.
    if (!(error instanceof TradewindError) || error.code !== 'ALREADY_EXISTS') throw error;
  }
  return { email, client: visitor.as({ login: email, password }) };
}
