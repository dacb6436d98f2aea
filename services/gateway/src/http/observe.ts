import type { IncomingHttpHeaders } from 'node:http';
import { context, SpanKind, type TextMapGetter } from '@opentelemetry/api';
import { beginSpan, meters, type Logger } from '@tradewind/shared/telemetry';
import type { FastifyInstance } from 'fastify';
import { pathOf } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** W3C trace id; undefined for what was refused before it became a request. */
    traceId: string | undefined;
  }
}

const quiet = new Set(['/livez', '/readyz']);

/** Each request is a span, a measurement and one line in the log, and its answer names the trace. */
export function observeRequests(app: FastifyInstance, log: Logger): void {
  app.decorateRequest('traceId', undefined);
  // The line below names nothing that would have to be redacted.
  const requestLog = log.child({}, { redact: [] });

  app.addHook('onRequest', (request, reply, next) => {
    const name = `${request.method} ${request.routeOptions.url ?? 'unknown route'}`;
    const begun = beginSpan(name, SpanKind.SERVER, request.headers, headerGetter);
    const { span } = begun;
    request.traceId = span.spanContext().traceId;
    reply.header('x-request-id', request.traceId);
    if (span.isRecording()) {
      reply.raw.once('close', () => {
        span.end();
      });
    }
    context.with(begun.context, next);
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
    requestLog[quiet.has(route) ? 'debug' : 'info'](line, 'request');
    next();
  });
}

const headerGetter: TextMapGetter<IncomingHttpHeaders> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => headers[name],
};
