import { tokenAudience, tokenIssuer, type Principal } from '@tradewind/shared/auth';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';

export const ada: Principal = { userId: 'user-ada', role: 'customer', sessionId: 'session-ada' };
export const admin: Principal = { userId: 'user-admin', role: 'admin', sessionId: 'session-admin' };

export interface Issuer {
  readonly jwks: string;
  /** `lifeMs` below zero makes a token that has expired. */
  readonly tokenFor: (principal: Principal, lifeMs?: number) => Promise<string>;
}

/** Issues access tokens as the user service does. */
export async function createIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA', use: 'sig' };
  return {
    jwks: JSON.stringify({ keys: [jwk] }),
    tokenFor: (principal, lifeMs = 60_000) => sign(privateKey, principal, lifeMs),
  };
}

async function sign(key: CryptoKey, { userId, role, sessionId }: Principal, lifeMs: number): Promise<string> {
  return await new SignJWT({ sid: sessionId, role })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setSubject(userId)
    .setExpirationTime(new Date(Date.now() + lifeMs))
    .sign(key);
}
