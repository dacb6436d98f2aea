import { readConfig, ConfigError, optional, processEnv } from '../config/index.ts';
import { createLogger, startTelemetry, tracesAreExported, type Logger } from '../telemetry/index.ts';
import { trustAuthority } from '../tls/trust.ts';

export interface Service<C> {
  /** `service.name` in logs and traces. */
  readonly name: string;
  /** The service's part of the environment. @throws ConfigError */
  readonly readConfig: () => C;
  /** Opens everything that the process needs; ready when the promise resolves. */
  readonly start: (config: C, log: Logger) => Promise<AsyncDisposable>;
}

/** What a process answers to the shell: 0 drained, 1 failed, 2 not configured. */
type ExitCode = 0 | 1 | 2;

/**
 * The life of a process: configuration, telemetry, start, ready; at SIGTERM or SIGINT not ready, drain, close within
 * the grace period, exit. A second signal ends it at once.
 *
 * @example void runService({ name: 'order', readConfig: readOrderConfig, start: startOrderService });
 */
export async function runService<C>(service: Service<C>): Promise<void> {
  const { name } = service;
  process.exitCode = await live(service).catch((error: unknown) => {
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

async function live<C>({ name, readConfig: readOwn, start }: Service<C>): Promise<ExitCode> {
  const [env, config] = allProblemsOf(() => readConfig(lifeEnv), readOwn);
  const log = createLogger(name, env.LOG_LEVEL);
  if (env.TLS_CA_FILE !== undefined) trustAuthority(env.TLS_CA_FILE);
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
  const starting = start(config, log);
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

const lifeEnv = { ...processEnv, OTEL_EXPORTER_OTLP_ENDPOINT: optional({ default: undefined }) };

/** Reads both, and names the problems of both at once. */
function allProblemsOf<A, B>(readOne: () => A, readOther: () => B): [A, B] {
  const problems = new Set<string>();
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
      return undefined;
    }
  };
  const one = attempt(readOne);
  const other = attempt(readOther);
  if (problems.size > 0) throw new ConfigError([...problems]);
  return [one as A, other as B];
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
