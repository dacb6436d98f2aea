import { normalizePassword } from './fields.ts';
import { limitedWork, type WorkLimits } from './limited-work.ts';
import { decoyHash, hashPassword, isPassword } from './password-hash.ts';

export interface Passwords {
  hash: (password: string, signal: AbortSignal) => Promise<string>;
  /** Without a hash it answers false, after the same time. */
  matches: (password: string, hash: string | undefined, signal: AbortSignal) => Promise<boolean>;
}

/** Hashing that cannot take all threads and memory: see WorkLimits. */
export function limitedPasswords(limits: WorkLimits): Passwords {
  const limited = limitedWork(limits);
  return {
    hash: (password, signal) => limited(() => hashPassword(normalizePassword(password)), signal),
    matches: (password, hash, signal) =>
      limited(() => isPassword(normalizePassword(password), hash ?? decoyHash), signal),
  };
}
