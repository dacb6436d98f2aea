import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  Server,
  ServerCredentials,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { SpanKind, type TextMapGetter } from '@opentelemetry/api';
import { HealthImplementation } from 'grpc-health-check';
import type { Principal, TokenVerifier } from '../auth/index.ts';
import { classify, errorTable, toGrpcStatus, TradewindError, type Classifier } from '../errors/index.ts';
import { meters, traced, type Logger } from '../telemetry/index.ts';
import { authenticate, bearerToken, callerCheck, type Access } from './access.ts';
import { inheriting, type CallContext } from './call-context.ts';

/** ts-proto's server interface, without the index signature that it inherits. */
type MethodNames<S> = keyof { [K in keyof S as string extends K ? never : K]: S[K] };

/** One method: a promise for a unary call, an async iterable for a server stream. */
type Handler<M> =
  M extends handleUnaryCall<infer Request, infer Response>
    ? (request: Request, call: CallContext) => Promise<Response>
    : M extends handleServerStreamingCall<infer Request, infer Response>
      ? (request: Request, call: CallContext) => AsyncIterable<Response>
      : never;

/** A service's methods as plain functions; they throw TradewindErrors. */
export type Handlers<S> = { readonly [K in MethodNames<S>]: Handler<S[K]> };
export type AccessTable<S> = { readonly [K in MethodNames<S>]: Access };

export interface ServedService {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, (request: never, call: CallContext) => unknown>>;
  readonly access: Readonly<Record<string, Access>>;
}

/** Ties a generated service to its handlers and to the table of who may call what; both must be total. */
export function service<S extends UntypedServiceImplementation>(
  definition: ServiceDefinition<S>,
  access: AccessTable<S>,
  handlers: Handlers<S>,
): ServedService {
  return {
    definition,
    handlers: handlers,
    access: access,
  };
}

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly services: readonly ServedService[];
  /** Keys by calling service. */
  readonly callerKeys: ReadonlyMap<string, string>;
  readonly verifier?: TokenVerifier | undefined;
  /** What the adapters' failures mean, in the order asked. */
  readonly classifiers?: readonly Classifier[];
  readonly log: Logger;
  /** Calls at once; more are refused, so that those under way still end in time. */
  readonly maxInFlight?: number;
  /** How long calls under way may go on when the server closes. */
  readonly drainMs?: number;
}

export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
}

/** Calls without a deadline get this one. */
const defaultDeadlineMs = 30_000;
/** A longer timeout fires at once. */
const longestTimeoutMs = 2 ** 31 - 1;

/** A gRPC server with deadlines, health, reflection, caller keys, metrics and traces. Disposing drains it. */
export async function serveGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Server({
    // Clients resolve again only when a connection ends, so new pods get calls because old connections end.
    'grpc.max_connection_age_ms': 5 * 60_000,
    'grpc.max_connection_age_grace_ms': 30_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.max_receive_message_length': 4 * 1024 * 1024,
  });
  const closing = new AbortController();
  const adapt = adapter(options, closing.signal);
  const health = new HealthImplementation({ '': 'SERVING' });
  for (const served of options.services) server.addService(served.definition, adapt(served));
  health.addToServer(server);
  new ReflectionService(loadFileDescriptorSetFromBuffer(await descriptorSet())).addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    const address = `${options.host}:${options.port}`;
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(cannotListen(address, error));
      else resolve(bound);
    });
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      health.setStatus('', 'NOT_SERVING');
      closing.abort(new TradewindError('UNAVAILABLE', 'the server is closing'));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          server.forceShutdown();
        }, options.drainMs ?? 10_000);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

/** With the system's reason, which grpc-js has inside its message only. */
function cannotListen(address: string, { message }: Error): Error {
  const [reason = message, code] = /\b(E[A-Z]+): [^\],]*/.exec(message) ?? [];
  return Object.assign(new Error(`cannot listen on ${address}: ${reason}`), { code });
}

function descriptorSet(): Promise<Buffer> {
  return readFile(fileURLToPath(import.meta.resolve('@tradewind/proto/descriptor.binpb')));
}

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

function adapter(
  options: GrpcServerOptions,
  closing: AbortSignal,
): (served: ServedService) => UntypedServiceImplementation {
  const { log, verifier, classifiers, maxInFlight = 2000 } = options;
  const checkCaller = callerCheck(options.callerKeys);
  let inFlight = 0;

  /** All that happens around a handler, whatever it answers with. */
  async function around(path: string, access: Access, call: Call, work: (c: CallContext) => Promise<void>) {
    const startedAt = performance.now();
    let outcome = 'OK';
    inFlight += 1;
    try {
      if (inFlight > maxInFlight) {
        throw new TradewindError('UNAVAILABLE', 'too many calls at once', { retryAfterMs: 1000 });
      }
      const caller = checkCaller(call.metadata, access);
      const token = bearerToken(call.metadata);
      const principal: Principal | undefined = await authenticate(token, access, verifier);
      const { signal, deadline, release } = lifetime(call, closing);
      try {
        await inheriting({ deadline, token }, () => work({ signal, caller, principal }));
      } finally {
        release();
      }
    } catch (thrown) {
      const error = classify(thrown, classifiers);
      outcome = error.code;
      if (errorTable[error.code].http >= 500) log.error({ err: error, rpc: path }, 'call failed');
      throw error;
    } finally {
      inFlight -= 1;
      meters.rpcServer().record((performance.now() - startedAt) / 1000, { 'rpc.method': path, outcome });
    }
  }

  return ({ definition, handlers, access }) =>
    Object.fromEntries(
      Object.entries(definition).map(([name, method]) => {
        const handler = handlers[name];
        const allowed = access[name];
        if (!handler || !allowed) throw new Error(`${method.path} has no handler or no access rule`);
        const path = method.path.slice(1);
        const run = (call: Call, work: (c: CallContext) => Promise<void>) =>
          traced(path, SpanKind.SERVER, call.metadata, metadataGetter, () =>
            around(path, allowed, call, work),
          );
        const unary = (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) => {
          run(call, async (context) => {
            answer(null, await handler(call.request as never, context));
          }).catch((error: unknown) => {
            answer(toGrpcStatus(classify(error, classifiers)));
          });
        };
        const streaming = (call: ServerWritableStream<unknown, unknown>) => {
          run(call, async (context) => {
            for await (const message of handler(call.request as never, context) as AsyncIterable<unknown>) {
              context.signal.throwIfAborted();
              if (!call.write(message)) await drained(call, context.signal);
            }
            call.end();
          }).catch((error: unknown) => {
            // Not destroy(): grpc-js sends the status of an error that is emitted.
            call.emit('error', toGrpcStatus(classify(error, classifiers)));
          });
        };
        return [name, method.responseStream ? streaming : unary];
      }),
    );
}

/** The call's deadline as a signal, which also fires when the caller leaves. A stream, which may have no end, ends with the server. */
function lifetime(
  call: Call,
  closing: AbortSignal,
): { signal: AbortSignal; deadline: number; release: () => void } {
  const asked = call.getDeadline();
  const streaming = 'writable' in call;
  const fallback = streaming ? Infinity : Date.now() + defaultDeadlineMs;
  const at = asked instanceof Date ? asked.getTime() : asked;
  const deadline = Number.isFinite(at) ? at : fallback;
  const controller = new AbortController();
  const timer = Number.isFinite(deadline)
    ? setTimeout(
        () => {
          controller.abort(new DOMException('the deadline passed', 'TimeoutError'));
        },
        Math.min(Math.max(deadline - Date.now(), 0), longestTimeoutMs),
      )
    : undefined;
  call.once('cancelled', () => {
    controller.abort(new DOMException('the caller went away', 'AbortError'));
  });
  const end = () => {
    controller.abort(closing.reason);
  };
  if (streaming) closing.addEventListener('abort', end, { once: true });
  return {
    signal: controller.signal,
    deadline,
    release: () => {
      clearTimeout(timer);
      closing.removeEventListener('abort', end);
    },
  };
}

function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    call.once('drain', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}

const metadataGetter: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key)[0]?.toString(),
};
