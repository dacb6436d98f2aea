import { trace } from '@opentelemetry/api';
import { pino, type Logger, type LoggerOptions } from 'pino';

export type { Logger };

/** A write for each line costs more than all else about it. What is left is written at exit; kill -9 loses a moment. */
const output = pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 });

/** JSON lines on standard output; within a request each line carries its trace id. */
export function createLogger(service: string, level: string): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ['password', '*.password', 'authorization', '*.authorization', 'token', '*.token'],
    mixin: () => {
      const traceId = currentTraceId();
      return traceId ? { trace_id: traceId } : {};
    },
  } satisfies LoggerOptions;
  return pino(options, output);
}

/** The W3C trace id of the request at hand. */
export function currentTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
