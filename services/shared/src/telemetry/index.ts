export { createLogger, currentTraceId, type Logger } from './logger.ts';
export { meters } from './meters.ts';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
export { currentTraceparent, traced, tracesAreExported } from './tracing.ts';
