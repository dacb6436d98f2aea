import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborts when the client leaves before it is answered. Fastify's own `signal` aborts as soon as a body is read. */
    departure: AbortSignal | undefined;
  }
}

export function watchDepartures(app: FastifyInstance): void {
  app.decorateRequest('departure', undefined);
  app.addHook('onRequest', (request, { raw }, next) => {
    const controller = new AbortController();
    request.departure = controller.signal;
    raw.once('close', () => {
      if (!raw.writableFinished) controller.abort();
    });
    next();
  });
}
