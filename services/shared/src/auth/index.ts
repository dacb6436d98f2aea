export { requireOwner, requireRole, roles, type Principal, type Role } from './principal.ts';
export { revokeSessions, watchRevocations, type Revocations } from './revocations.ts';
export {
  createTokenVerifier,
  tokenAudience,
  tokenIssuer,
  type CachingTokenVerifier,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './token-verifier.ts';
export { watchTokens, type WatchTokensOptions } from './watch-tokens.ts';
