import { randomBytes } from 'node:crypto';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanKind,
  type TextMapGetter,
} from '@opentelemetry/api';

const tracer = trace.getTracer('tradewind');

/**
 * Runs `work` in a span whose parent came in with a request or message. Without a parent a new trace begins, also where
 * no traces are exported: the id still joins the log lines of all services.
 */
export async function traced<C, T>(
  name: string,
  kind: SpanKind,
  carrier: C,
  getter: TextMapGetter<C>,
  work: () => Promise<T>,
): Promise<T> {
  const parent = propagation.extract(ROOT_CONTEXT, carrier, getter);
  return tracer.startActiveSpan(name, { kind }, withTrace(parent), async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.message : String(error),
      });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The `traceparent` of the work at hand (W3C Trace Context), for messages that carry it on. */
export function currentTraceparent(): string | undefined {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
}

let exporting = false;
/** Called once at start: with an exporter the tracer makes ids itself. */
export function tracesAreExported(): void {
  exporting = true;
}

function withTrace(parent: Context): Context {
  if (exporting || trace.getSpanContext(parent)) return parent;
  return trace.setSpanContext(parent, {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: TraceFlags.NONE,
  });
}
