export { createLogger, currentTraceId, type Logger } from './logger.ts';
export { count, duration, gauge, meters } from './meters.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
export { beginSpan, currentTraceparent, traced, tracesAreExported, type BegunSpan } from './tracing.ts';
