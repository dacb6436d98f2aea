import { SignJWT } from 'jose';
import type { Db } from 'mongodb';
import { tokenAudience, tokenIssuer, type Principal } from '@tradewind/shared/auth';
import type { Logger } from '@tradewind/shared/telemetry';
import type { Config } from './config.ts';
import { openKeyRing } from './key-ring.ts';

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface AccessTokens extends AsyncDisposable {
  readonly issue: (principal: Principal) => Promise<AccessToken>;
  /** A JSON Web Key Set as text; without keys where tokens are signed with a shared secret. */
  readonly publicKeys: () => string;
}

interface Signature {
  readonly header: { readonly alg: string; readonly kid?: string };
  readonly key: Parameters<SignJWT['sign']>[0];
}

/** Access tokens signed with rotating Ed25519 keys, or with HS256 where the operator gave a secret. */
export async function openAccessTokens(db: Db, config: Config, log: Logger): Promise<AccessTokens> {
  const ttlMs = config.accessTokenTtlMs;
  if (config.jwtSecret !== undefined) {
    const signature = { header: { alg: 'HS256' }, key: new TextEncoder().encode(config.jwtSecret) };
    return {
      issue: (principal) => sign(principal, signature, ttlMs),
      publicKeys: () => '{"keys":[]}',
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const ring = await openKeyRing(db, config.keys, ttlMs, log);
  return {
    issue: (principal) => {
      const { id: kid, key } = ring.signer();
      return sign(principal, { header: { alg: 'EdDSA', kid }, key }, ttlMs);
    },
    publicKeys: ring.publicKeys,
    [Symbol.asyncDispose]: () => ring[Symbol.asyncDispose](),
  };
}

async function sign(principal: Principal, { header, key }: Signature, ttlMs: number): Promise<AccessToken> {
  const expiry = Math.floor((Date.now() + ttlMs) / 1000);
  const token = await new SignJWT({ sid: principal.sessionId, role: principal.role })
    .setProtectedHeader({ ...header, typ: 'JWT' })
    .setSubject(principal.userId)
    .setIssuer(tokenIssuer)
    .setAudience(tokenAudience)
    .setIssuedAt()
    .setExpirationTime(expiry)
    .sign(key);
  return { token, expiresAt: new Date(expiry * 1000) };
}
