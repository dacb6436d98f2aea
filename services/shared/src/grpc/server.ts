import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { TradewindError } from '../errors/index.ts';
import { adapter, type AdapterOptions } from './adapter.ts';
import type { ServedService } from './service.ts';

export interface GrpcServerOptions extends AdapterOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly services: readonly ServedService[];
  /** How long calls under way may go on when the server closes. */
  readonly drainMs?: number;
}

export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
}

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
  const descriptors = loadFileDescriptorSetFromBuffer(await descriptorSet());
  new ReflectionService(descriptors, { services: options.services.map(nameOf) }).addToServer(server);
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

/** `tradewind.order.v1.OrderService`, from the path of any of its methods. */
function nameOf({ definition }: ServedService): string {
  return Object.values(definition)[0]?.path.split('/')[1] ?? '';
}

function descriptorSet(): Promise<Buffer> {
  return readFile(fileURLToPath(import.meta.resolve('@tradewind/proto/descriptor.binpb')));
}
