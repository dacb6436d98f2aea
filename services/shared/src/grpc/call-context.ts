import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from '../auth/index.ts';
import { TradewindError } from '../errors/index.ts';

/** What a handler knows of its call beside the request. */
export interface CallContext {
  /** Aborts when the caller leaves or the deadline passes. */
  readonly signal: AbortSignal;
  /** The calling service, as its key proves. */
  readonly caller: string;
  /** The person on whose behalf; undefined where the method does without. */
  readonly principal: Principal | undefined;
  /**
   * Does a part of a call that speaks for several people, as a call of that person's own would be done: with its access
   * token verified, in its trace, measured and counted by itself.
   * @throws TradewindError UNAUTHENTICATED for a wrong token, UNAVAILABLE when the server has too much to do
   */
  readonly actFor: ActFor;
}

/** Who a part of a call is done for. */
export interface Errand {
  readonly token: string;
  /** W3C Trace Context; empty means none. */
  readonly traceparent: string;
}

export type ActFor = <T>(errand: Errand, work: (principal: Principal) => Promise<T>) => Promise<T>;

/** What calls made while a call is handled take from it. */
interface Inherited {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly token: string | undefined;
}

const current = new AsyncLocalStorage<Inherited>();

/** Runs `work` so that the calls it makes end no later than `deadline` and speak for the same person. */
export function inheriting<T>(inherited: Inherited, work: () => T): T {
  return current.run(inherited, work);
}

export function inherited(): Inherited | undefined {
  return current.getStore();
}

/** @throws TradewindError UNAUTHENTICATED where a method that takes people without a token needs one after all */
export function requirePrincipal({ principal }: CallContext): Principal {
  if (!principal) throw new TradewindError('UNAUTHENTICATED', 'an access token is needed');
  return principal;
}
