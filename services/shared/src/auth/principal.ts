import { TradewindError } from '../errors/index.ts';

export const roles = ['customer', 'merchant', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who asks, as the access token says. */
export interface Principal {
  readonly userId: string;
  readonly role: Role;
  readonly sessionId: string;
}

/** @throws TradewindError PERMISSION_DENIED unless the caller has one of the roles */
export function requireRole(principal: Principal, ...allowed: readonly Role[]): void {
  if (!allowed.includes(principal.role)) {
    throw new TradewindError('PERMISSION_DENIED', `this is for ${allowed.join(' and ')} accounts`);
  }
}

/** @throws TradewindError PERMISSION_DENIED unless the caller is the owner or an admin */
export function requireOwner(principal: Principal, ownerId: string): void {
  if (principal.role !== 'admin' && principal.userId !== ownerId) {
    throw new TradewindError('PERMISSION_DENIED', 'this belongs to somebody else');
  }
}
