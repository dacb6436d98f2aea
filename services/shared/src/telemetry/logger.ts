import { trace } from '@opentelemetry/api';
import { pino, type Logger, type LoggerOptions } from 'pino';

export type { Logger };

const secrets = ['password', 'authorization', 'token', 'accessToken'];

const output = pino.destination({ dest: 1, sync: true });
let unwritten = '';

/** A write for each line costs more than all else about it. What is left is written at exit; kill -9 loses a moment. */
const together = {
  write(line: string) {
    unwritten += line;
    if (unwritten.length >= 4096) this.flushSync();
  },
  /** Pino calls it after a fatal line. */
  flushSync() {
    if (unwritten === '') return;
    const lines = unwritten;
    unwritten = '';
    output.write(lines);
  },
};
setInterval(() => {
  together.flushSync();
}, 100).unref();
process.once('exit', () => {
  together.flushSync();
});

/** JSON lines on standard output; within a request each line carries its trace id. */
export function createLogger(service: string, level: string): Logger {
  const options = {
    level,
    base: { service },
    timestamp: isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: secrets.flatMap((name) => [name, `*.${name}`]),
    mixin: () => {
      const traceId = currentTraceId();
      return traceId ? { trace_id: traceId } : {};
    },
  } satisfies LoggerOptions;
  return pino(options, together);
}

let timedAt = NaN;
let timeField = '';

/** The field that pino puts into each line. Many lines share a millisecond, and so its text. */
function isoTime(): string {
  const now = Date.now();
  if (now !== timedAt) timeField = `,"time":"${new Date(now).toISOString()}"`;
  timedAt = now;
  return timeField;
}

/** The W3C trace id of the request at hand. */
export function currentTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
