import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { SpanKind, type TextMapGetter } from '@opentelemetry/api';
import { currentTraceId, meters, traced, type Logger } from '@tradewind/shared/telemetry';
import type { FastifyInstance } from 'fastify';
import { pathOf } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace id; undefined for what was refused before it became a request. */
    traceId: string | undefined;
    /** Runs something within the request's trace. */
    inTrace: ((work: () => void) => void) | undefined;
  }
}

const quiet = new Set(['/livez', '/readyz']);

/** Each request is a span, a measurement and one line in the log, and its answer names the trace. */
export function observeRequests(app: FastifyInstance, log: Logger): void {
  app.decorateRequest('traceId', undefined);
  app.decorateRequest('inTrace', undefined);

  app.addHook('onRequest', (request, reply, next) => {
    const name = `${request.method} ${request.routeOptions.url ?? 'unknown route'}`;
    void traced(name, SpanKind.SERVER, request.headers, headerGetter, async () => {
      request.traceId = currentTraceId();
      request.inTrace = AsyncLocalStorage.snapshot();
      if (request.traceId !== undefined) reply.header('x-request-id', request.traceId);
      const closed = new Promise<void>((resolve) => reply.raw.once('close', resolve));
      next();
      await closed;
    });
  });

  // The body's bytes arrive in the socket's context, not in the request's.
  app.addHook('preValidation', (request, _, next) => {
    if (request.inTrace) request.inTrace(next);
    else next();
  });

  app.addHook('onResponse', (request, reply, next) => {
    const { method, routeOptions, traceId } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    const route = routeOptions.url ?? 'unknown';
    meters.httpServer().record(ms / 1000, {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
    });
    const line = {
      method,
      route,
      path: pathOf(request),
      status,
      ms: Math.round(ms * 100) / 100,
      trace_id: traceId,
    };
    log[quiet.has(route) ? 'debug' : 'info'](line, 'request');
    next();
  });
}

const headerGetter: TextMapGetter<IncomingHttpHeaders> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => headers[name],
};
