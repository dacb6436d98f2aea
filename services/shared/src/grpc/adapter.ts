import type {
  Metadata,
  sendUnaryData,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { defaultTextMapGetter, SpanKind, type TextMapGetter } from '@opentelemetry/api';
import type { TokenVerifier } from '../auth/index.ts';
import { classify, errorTable, toGrpcStatus, TradewindError, type Classifier } from '../errors/index.ts';
import { meters, traced, type Logger } from '../telemetry/index.ts';
import { authenticate, bearerToken, callerCheck, personOf, type Access } from './access.ts';
import { inheriting, type ActFor, type CallContext } from './call-context.ts';
import { drained, lifetime, type Call } from './call-lifetime.ts';
import type { ServedService } from './service.ts';

export interface AdapterOptions {
  /** Keys by calling service. */
  readonly callerKeys: ReadonlyMap<string, string>;
  readonly verifier?: TokenVerifier | undefined;
  /** What the adapters' failures mean, in the order asked. */
  readonly classifiers?: readonly Classifier[];
  readonly log: Logger;
  /** Calls at once; more are refused, so that those under way still end in time. */
  readonly maxInFlight?: number;
}

/** Turns handlers into what grpc-js serves: access, deadline, errors, metrics and traces around each. */
export function adapter(
  options: AdapterOptions,
  closing: AbortSignal,
): (served: ServedService) => UntypedServiceImplementation {
  const { log, verifier, classifiers, maxInFlight = 2000 } = options;
  const checkCaller = callerCheck(options.callerKeys);
  let inFlight = 0;

  /** Counts and measures. What fails is classified, and logged when it is our fault. */
  async function measured<T>(path: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    let outcome = 'OK';
    inFlight += 1;
    try {
      if (inFlight > maxInFlight) {
        throw new TradewindError('UNAVAILABLE', 'too many calls at once', { retryAfterMs: 1000 });
      }
      return await work();
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

  /** All that happens around a handler, whatever it answers with. */
  const around = (path: string, access: Access, call: Call, work: (c: CallContext) => Promise<void>) =>
    measured(path, async () => {
      const caller = checkCaller(call.metadata, access);
      const token = bearerToken(call.metadata);
      const principal = await authenticate(token, access, verifier);
      const { signal, deadline, release } = lifetime(call, closing);
      const actFor = errands(`${path}#errand`, deadline);
      try {
        await inheriting({ deadline, token }, () => work({ signal, caller, principal, actFor }));
      } finally {
        release();
      }
    });

  const errands =
    (path: string, deadline: number): ActFor =>
    ({ token, traceparent }, work) =>
      traced(path, SpanKind.SERVER, { traceparent }, defaultTextMapGetter, () =>
        measured(path, async () => {
          const principal = await personOf(token, verifier);
          return await inheriting({ deadline, token }, () => work(principal));
        }),
      );

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

const metadataGetter: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata.getMap()),
  get: (metadata, key) => metadata.get(key)[0]?.toString(),
};
