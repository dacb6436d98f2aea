import { trace } from '@opentelemetry/api';
import { pino, type Logger, type LoggerOptions } from 'pino';

export type { Logger };

const secrets = ['password', 'authorization', 'token', 'accessToken'];

/** A write for each line costs more than all else about it. What is left is written at exit; kill -9 loses a moment. */
const output = pino.destination({ dest: 1, sync: true, minLength: 4096, periodicFlush: 100 });
// Its own tries for ever when nobody reads the output any more. A flush that is synchronous gives up.
output.flushSync = () => {
  output.flush();
};
process.once('exit', () => {
  output.flush();
});

/** JSON lines on standard output; within a request each line carries its trace id. */
export function createLogger(service: string, level: string): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: secrets.flatMap((name) => [name, `*.${name}`]),
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
