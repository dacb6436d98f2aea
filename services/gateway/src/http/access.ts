import type { CachingTokenVerifier, Principal } from '@tradewind/shared/auth';
import { TradewindError } from '@tradewind/shared/errors';
import type { CallOptions } from '@tradewind/shared/grpc';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as the access token proves; undefined without one. */
    principal: Principal | undefined;
    /** The access token that proves it. */
    token: string | undefined;
  }
}

/** The route is for people who are logged in. */
export const loggedIn = [{ bearer: [] }];
/** The route is for everybody; a wrong token is refused all the same. */
export const anybody = [{}, { bearer: [] }];

/** Checks access tokens as the route's `security` says, so that what is documented is what is done. */
export function checkAccess(app: FastifyInstance, verifier: CachingTokenVerifier): void {
  app.decorateRequest('principal', undefined);
  app.decorateRequest('token', undefined);

  /** A promise only for a token that is new. */
  function check(request: FastifyRequest, required: boolean): Promise<void> | undefined {
    const token = bearerToken(request);
    if (token === undefined && required)
      throw new TradewindError('UNAUTHENTICATED', 'an access token is needed');
    if (token === undefined) return undefined;
    request.token = token;
    request.principal = verifier.known(token);
    if (request.principal) return undefined;
    return verifier.verify(token).then((principal) => {
      request.principal = principal;
    });
  }

  app.addHook('onRoute', (route) => {
    const rule = route.schema?.security;
    if (!rule) return;
    const required = rule.every((alternative) => Object.hasOwn(alternative, 'bearer'));
    route.onRequest = (request, _, next) => {
      let checked: Promise<void> | undefined;
      try {
        checked = check(request, required);
      } catch (error) {
        next(error as Error);
        return;
      }
      if (checked)
        checked.then(() => {
          next();
        }, next);
      else next();
    };
  });
}

function bearerToken({ headers }: FastifyRequest): string | undefined {
  if (headers.authorization === undefined) return undefined;
  const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization)?.[1];
  if (token === undefined)
    throw new TradewindError('UNAUTHENTICATED', 'the Authorization header has no bearer token');
  return token;
}

/** Who asks, on a route for people who are logged in. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (!principal) throw new TradewindError('INTERNAL', 'this route lacks its security rule');
  return principal;
}

/** A call for this request: on behalf of who asks, and given up when they leave. */
export const onBehalf = (request: FastifyRequest): CallOptions => ({
  token: request.token,
  signal: request.departure,
});
