import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborts when the client leaves before it is answered. Fastify's own `signal` aborts as soon as a body is read. */
    readonly departure: AbortSignal | undefined;
    /** What `departure` watches, and what it has made of it. */
    watched: { readonly answer: ServerResponse; signal?: AbortSignal } | undefined;
  }
}

/** A signal is made when it is first asked for: what is answered from memory never asks. */
export function watchDepartures(app: FastifyInstance): void {
  app.decorateRequest('watched', undefined);
  app.decorateRequest('departure', {
    getter(this: FastifyRequest) {
      if (this.watched) this.watched.signal ??= departureFrom(this.watched.answer);
      return this.watched?.signal;
    },
  });
  app.addHook('onRequest', (request, { raw }, next) => {
    request.watched = { answer: raw };
    next();
  });
}

function departureFrom(answer: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const left = () => {
    if (!answer.writableFinished) controller.abort();
  };
  if (answer.closed) left();
  else answer.once('close', left);
  return controller.signal;
}
