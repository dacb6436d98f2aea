import { readConfig, ConfigError, optional, processEnv } from '../config/index.ts';
import { createLogger, startTelemetry, tracesAreExported, type Logger } from '../telemetry/index.ts';

export interface Service {
  /** `service.name` in logs and traces. */
  readonly name: string;
  /** Opens everything that the process needs; ready when the promise resolves. */
  readonly start: (log: Logger) => Promise<AsyncDisposable>;
}

/** What a process answers to the shell: 0 drained, 1 failed, 2 not configured. */
type ExitCode = 0 | 1 | 2;

/**
 * The life of a process: configuration, telemetry, start, ready; at SIGTERM or SIGINT not ready, drain, close within
 * the grace period, exit. A second signal ends it at once.
 *
 * @example void runService({ name: 'order', start: (log) => startOrderService(readOrderConfig(), log) });
 */
export async function runService({ name, start }: Service): Promise<void> {
  process.exitCode = await live(name, start).catch((error: unknown) => {
    if (error instanceof ConfigError) {
      console.error(`${name}: ${error.message}`);
      return 2;
    }
    console.error(`${name}: could not start:`, isListenError(error) ? error.message : error);
    return 1;
  });
  // Sockets that a failed start left open must not keep the process.
  process.exit();
}

async function live(name: string, start: Service['start']): Promise<ExitCode> {
  const env = readConfig({ ...processEnv, OTEL_EXPORTER_OTLP_ENDPOINT: optional({ default: undefined }) });
  const log = createLogger(name, env.LOG_LEVEL);
  const stopSignal = nextSignal();
  failLoudly(log);
  let ready = false;
  if (env.OTEL_EXPORTER_OTLP_ENDPOINT) tracesAreExported();
  const telemetry = await startTelemetry({
    service: name,
    host: env.HOST,
    port: env.METRICS_PORT,
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    isReady: () => ready,
  });
  const starting = start(log);
  const first = await Promise.race([starting, stopSignal]);
  if (typeof first === 'string') {
    log.info({ signal: first }, 'stopped before it was ready');
    return 0;
  }
  ready = true;
  log.info({ seconds: round(process.uptime()) }, 'ready');
  const signal = await stopSignal;
  ready = false;
  log.info({ signal }, 'draining');
  void nextSignal().then(() => process.exit(1));
  await new Promise((resolve) => setTimeout(resolve, env.SHUTDOWN_DELAY_MS));
  return await close(first, telemetry, env.SHUTDOWN_GRACE_MS, log);
}

async function close(
  service: AsyncDisposable,
  telemetry: AsyncDisposable,
  graceMs: number,
  log: Logger,
): Promise<ExitCode> {
  const closed = (async () => {
    await service[Symbol.asyncDispose]();
    await telemetry[Symbol.asyncDispose]();
    return 'closed' as const;
  })();
  const deadline = new Promise<'late'>((resolve) => {
    setTimeout(() => {
      resolve('late');
    }, graceMs).unref();
  });
  try {
    if ((await Promise.race([closed, deadline])) === 'late') {
      log.error({ graceMs }, 'could not drain in time');
      return 1;
    }
  } catch (error) {
    log.error({ err: error }, 'closing failed');
    return 1;
  }
  log.info('drained');
  return 0;
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
}

/** A bug that nobody awaited must not leave half a process behind: the supervisor starts a whole one. */
function failLoudly(log: Logger): void {
  const die = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected');
    process.exit(1);
  };
  process.once('uncaughtException', die).once('unhandledRejection', die);
}

/** Who runs the process can put this right, and needs no stack for it. */
function isListenError(error: unknown): error is Error {
  const reasons: readonly unknown[] = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES'];
  return error instanceof Error && 'code' in error && reasons.includes(error.code);
}

const round = (seconds: number) => Math.round(seconds * 100) / 100;
