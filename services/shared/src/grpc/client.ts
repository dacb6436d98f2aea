import {
  makeGenericClientConstructor,
  Metadata,
  type Client,
  type ClientReadableStream,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServiceDefinition,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { fromGrpcError, TradewindError } from '../errors/index.ts';
import { currentTraceparent, meters } from '../telemetry/index.ts';
import type { TlsFiles } from '../tls/index.ts';
import { callerKey, secretKey, type Caller } from './access.ts';
import { inherited } from './call-context.ts';
import { clientCredentials } from './credentials.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** At most this long; a call made while another is handled also ends with that one. */
  readonly timeoutMs?: number;
  /** The person's access token; without it that of the call at hand, if any. */
  readonly token?: string | undefined;
}

type ClientMethod<M> =
  M extends handleUnaryCall<infer Request, infer Response>
    ? (request: Request, options?: CallOptions) => Promise<Response>
    : M extends handleServerStreamingCall<infer Request, infer Response>
      ? (request: Request, options?: CallOptions) => AsyncIterable<Response>
      : never;

/** A service's methods as functions that reject with TradewindErrors. */
export type GrpcClient<S> = {
  readonly [K in keyof S as string extends K ? never : K]: ClientMethod<S[K]>;
} & AsyncDisposable;

/** The part of ts-proto's generic definition that says which methods may be repeated. */
interface Idempotency {
  readonly fullName: string;
  readonly methods: Readonly<
    Record<string, { readonly name: string; readonly options: { readonly idempotencyLevel?: string } }>
  >;
}

export interface GrpcClientOptions {
  /** `host:port`, or a `dns:` target whose addresses share the calls. */
  readonly target: string;
  readonly caller: Caller;
  readonly key: string;
  /** Without it the connection is in plaintext. */
  readonly tls?: TlsFiles | undefined;
  readonly timeoutMs?: number;
}

/**
 * A client with deadlines, round robin over the server's addresses, and retries of the methods that the contract
 * declares idempotent, within a budget.
 *
 * @example const orders = grpcClient<OrderServiceServer>(OrderServiceService, OrderServiceDefinition, { target, caller: 'gateway', key });
 */
export function grpcClient<S extends UntypedServiceImplementation>(
  definition: ServiceDefinition<S>,
  idempotency: Idempotency,
  options: GrpcClientOptions,
): GrpcClient<S> {
  const Connection = makeGenericClientConstructor(definition, idempotency.fullName);
  const connection = new Connection(options.target, clientCredentials(options.tls), {
    'grpc.service_config': JSON.stringify(serviceConfig(idempotency)),
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // The library's 30 s are longer than it takes to replace all pods behind a name.
    'grpc.dns_min_time_between_resolutions_ms': 1_000,
    // The longest page there can be of the longest products.
    'grpc.max_receive_message_length': 32 * 1024 * 1024,
  });
  const methods = Object.entries(definition as ServiceDefinition).map(([name, method]) => {
    const path = method.path.slice(1);
    const make = method.responseStream ? streamingMethod : unaryMethod;
    return [name, make(connection, method.path, path, method, options)] as const;
  });
  return {
    ...Object.fromEntries(methods),
    [Symbol.asyncDispose]: () => {
      connection.close();
      return Promise.resolve();
    },
  } as GrpcClient<S>;
}

type Method = ServiceDefinition[string];

function unaryMethod(
  connection: Client,
  path: string,
  label: string,
  method: Method,
  options: GrpcClientOptions,
) {
  return (request: unknown, call: CallOptions = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (call.signal?.aborted) {
        reject(new TradewindError('CANCELLED', 'cancelled before the call'));
        return;
      }
      const startedAt = performance.now();
      const pending = connection.makeUnaryRequest(
        path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadataOf(options, call),
        { deadline: deadlineOf(options, call) },
        (error: ServiceError | null, response?: unknown) => {
          call.signal?.removeEventListener('abort', cancel);
          const failure = error ? fromGrpcError(error) : undefined;
          record(label, startedAt, failure?.code ?? 'OK');
          if (failure) reject(failure);
          else resolve(response);
        },
      );
      const cancel = () => {
        pending.cancel();
      };
      call.signal?.addEventListener('abort', cancel, { once: true });
    });
}

function streamingMethod(
  connection: Client,
  path: string,
  label: string,
  method: Method,
  options: GrpcClientOptions,
) {
  return async function* (request: unknown, call: CallOptions = {}): AsyncIterable<unknown> {
    if (call.signal?.aborted) return;
    const startedAt = performance.now();
    let outcome = 'OK';
    const stream: ClientReadableStream<unknown> = connection.makeServerStreamRequest(
      path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadataOf(options, call),
      { deadline: soonest(call.timeoutMs) },
    );
    const cancel = () => {
      stream.cancel();
    };
    call.signal?.addEventListener('abort', cancel, { once: true });
    try {
      yield* stream as AsyncIterable<unknown>;
    } catch (error) {
      const failure = isServiceError(error) ? fromGrpcError(error) : undefined;
      outcome = failure?.code ?? 'INTERNAL';
      if (call.signal?.aborted) return;
      throw failure ?? error;
    } finally {
      call.signal?.removeEventListener('abort', cancel);
      stream.cancel();
      record(label, startedAt, outcome);
    }
  };
}

function record(method: string, startedAt: number, outcome: string): void {
  meters.rpcClient().record((performance.now() - startedAt) / 1000, { 'rpc.method': method, outcome });
}

function metadataOf(options: GrpcClientOptions, call: CallOptions): Metadata {
  const metadata = new Metadata();
  metadata.set(callerKey, options.caller);
  metadata.set(secretKey, options.key);
  const token = call.token ?? inherited()?.token;
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  const traceparent = currentTraceparent();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  return metadata;
}

function deadlineOf(options: GrpcClientOptions, call: CallOptions): number {
  return soonest(call.timeoutMs ?? options.timeoutMs ?? 5_000);
}

/** The end of the call at hand, if that comes before `timeoutMs` have passed. */
function soonest(timeoutMs = Infinity): number {
  return Math.min(Date.now() + timeoutMs, inherited()?.deadline ?? Infinity);
}

/** Source: gRPC service config, https://github.com/grpc/grpc/blob/master/doc/service_config.md. */
function serviceConfig({ fullName, methods }: Idempotency) {
  const idempotent = Object.values(methods).filter(({ options }) => options.idempotencyLevel !== undefined);
  return {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      {
        name: idempotent.map(({ name }) => ({ service: fullName, method: name })),
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: '0.05s',
          maxBackoff: '0.5s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  };
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && 'metadata' in error;
