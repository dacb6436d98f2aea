import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Access } from './access.ts';
import type { CallContext } from './call-context.ts';

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
    handlers,
    access,
  };
}
