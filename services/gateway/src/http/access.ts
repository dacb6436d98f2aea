import type { Principal, TokenVerifier } from '@tradewind/shared/auth';
import { TradewindError } from '@tradewind/shared/errors';
import type { CallOptions } from '@tradewind/shared/grpc';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as the access token proves; undefined without one. */
    principal: Principal | undefined;
    /** The verified access token. */
    token: string | undefined;
  }
}

/** The route is for people who are logged in. */
export const loggedIn = [{ bearer: [] }];
/** The route is for everybody; a wrong token is refused all the same. */
export const anybody = [{}, { bearer: [] }];

/** Checks access tokens as the route's `security` says, so that what is documented is what is done. */
export function checkAccess(app: FastifyInstance, verifier: TokenVerifier): void {
  app.decorateRequest('principal', undefined);
  app.decorateRequest('token', undefined);
  app.addHook('onRoute', (route) => {
    const rule = route.schema?.security;
    if (!rule) return;
    const required = rule.every((alternative) => Object.hasOwn(alternative, 'bearer'));
    route.onRequest = async (request: FastifyRequest) => {
      const token = bearerToken(request);
      if (token === undefined && !required) return;
      if (token === undefined) throw new TradewindError('UNAUTHENTICATED', 'an access token is needed');
      request.principal = await verifier.verify(token);
      request.token = token;
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
