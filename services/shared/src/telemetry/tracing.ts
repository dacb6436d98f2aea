import { randomFillSync } from 'node:crypto';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanKind,
  type TextMapGetter,
} from '@opentelemetry/api';

const tracer = trace.getTracer('tradewind');

/** A span that somebody else ends, and the context in which the work that it covers runs. */
export interface BegunSpan {
  readonly span: Span;
  readonly context: Context;
}

/**
 * Begins a span whose parent came in with a request or message. Without a parent a new trace begins, also where no traces
 * are exported: the id still joins the log lines of all services.
 */
export function beginSpan<C>(name: string, kind: SpanKind, carrier: C, getter: TextMapGetter<C>): BegunSpan {
  const isTraced = propagation.fields().some((field) => getter.get(carrier, field) !== undefined);
  const parent = isTraced ? propagation.extract(ROOT_CONTEXT, carrier, getter) : ROOT_CONTEXT;
  const span = exporting
    ? tracer.startSpan(name, { kind }, parent)
    : (trace.getSpan(parent) ?? spanOfNewTrace());
  return { span, context: trace.setSpan(parent, span) };
}

/** Runs `work` in a span; see beginSpan. */
export async function traced<C, T>(
  name: string,
  kind: SpanKind,
  carrier: C,
  getter: TextMapGetter<C>,
  work: () => Promise<T>,
): Promise<T> {
  const { span, context: active } = beginSpan(name, kind, carrier, getter);
  try {
    return await context.with(active, work);
  } catch (error) {
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: error instanceof Error ? error.message : String(error),
    });
    throw error;
  } finally {
    span.end();
  }
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

const spanOfNewTrace = (): Span =>
  trace.wrapSpanContext({ traceId: randomHex(16), spanId: randomHex(8), traceFlags: TraceFlags.NONE });

// A call into the random generator costs more than all else that a span does here: one fetches the ids of many.
const pool = Buffer.alloc(8 * 1024);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
