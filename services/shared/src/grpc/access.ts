import { createHash, timingSafeEqual } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import type { Principal, TokenVerifier } from '../auth/index.ts';
import { TradewindError } from '../errors/index.ts';

export const callerKey = 'tradewind-caller';
export const secretKey = 'tradewind-caller-key';

export type Caller = 'gateway' | 'user' | 'inventory' | 'order' | 'notification' | 'restock-controller';

/** Who may call a method. */
export interface Access {
  /** The services that may call it. */
  readonly from: readonly Caller[];
  /** Whether a person's access token must come along; where it may, a wrong one is refused all the same. */
  readonly user: 'required' | 'optional' | 'none';
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Checks the key of the calling service, and what that service may call. */
export function callerCheck(
  keys: ReadonlyMap<string, string>,
): (metadata: Metadata, access: Access) => string {
  const digests = new Map([...keys].map(([caller, key]) => [caller, digest(key)]));
  return (metadata, access) => {
    const caller = text(metadata, callerKey) ?? '';
    const expected = digests.get(caller);
    // Digests have one length, so the comparison tells nothing of the key.
    const proven =
      expected !== undefined && timingSafeEqual(expected, digest(text(metadata, secretKey) ?? ''));
    if (!proven) throw new TradewindError('UNAUTHENTICATED', 'the calling service is not known here');
    if (!access.from.some((allowed) => allowed === caller)) {
      throw new TradewindError('PERMISSION_DENIED', `${caller} may not call this method`);
    }
    return caller;
  };
}

export function bearerToken(metadata: Metadata): string | undefined {
  const header = text(metadata, 'authorization');
  return header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : undefined;
}

/** @throws TradewindError UNAUTHENTICATED when a token is required and absent, or wrong */
export async function authenticate(
  token: string | undefined,
  access: Access,
  verifier: TokenVerifier | undefined,
): Promise<Principal | undefined> {
  if (access.user === 'none' || (access.user === 'optional' && token === undefined)) return undefined;
  return await personOf(token ?? '', verifier);
}

/** @throws TradewindError UNAUTHENTICATED when the token is empty or wrong */
export async function personOf(token: string, verifier: TokenVerifier | undefined): Promise<Principal> {
  if (token === '') throw new TradewindError('UNAUTHENTICATED', 'an access token is needed');
  if (!verifier) throw new TradewindError('INTERNAL', 'this server cannot verify access tokens');
  return await verifier.verify(token);
}

function text(metadata: Metadata, key: string): string | undefined {
  const value = metadata.get(key)[0];
  return typeof value === 'string' ? value : undefined;
}
