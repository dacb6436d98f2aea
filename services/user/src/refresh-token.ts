import { createHash, createHmac, randomBytes } from 'node:crypto';

/** What a refresh token says: whose session, and the secret that proves it. Opaque to clients. */
export interface RefreshToken {
  readonly userId: string;
  readonly sessionId: string;
  /** 32 bytes as base64url. */
  readonly secret: string;
}

export const newSecret = (): string => randomBytes(32).toString('base64url');

export function formatRefreshToken({ userId, sessionId, secret }: RefreshToken): string {
  return `${userId}.${sessionId}.${secret}`;
}

export function parseRefreshToken(text: string): RefreshToken | undefined {
  const parts = /^([0-9a-f-]{36})\.([0-9a-f-]{36})\.([\w-]{43})$/.exec(text);
  if (!parts) return undefined;
  const [, userId = '', sessionId = '', secret = ''] = parts;
  return { userId, sessionId, secret };
}

/** What is stored of a secret. It is as random as a key, so a plain hash cannot be searched. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

/**
 * The successor of a secret. It is derived, so that whoever shows the same secret again can be given the same successor
 * and Redis still holds none: its salt, fresh at each rotation and kept in the session, is worthless without the secret.
 */
export function successorOf(secret: string, salt: string): string {
  return createHmac('sha256', salt).update(secret).digest('base64url');
}
