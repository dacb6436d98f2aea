import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { TradewindError } from '../errors/index.ts';
import { followCertificate, type TlsFiles } from '../tls/index.ts';
import { adapter, type AdapterOptions } from './adapter.ts';
import { RenewableCredentials } from './credentials.ts';
import type { ServedService } from './service.ts';

export interface GrpcServerOptions extends AdapterOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly services: readonly ServedService[];
  /** Without it the server speaks plaintext; with it, TLS only. */
  readonly tls?: TlsFiles | undefined;
  /** How long calls under way may go on when the server closes. */
  readonly drainMs?: number;
}

export interface GrpcServer extends AsyncDisposable {
  readonly port: number;
}

/** A gRPC server with deadlines, health, reflection, caller keys, metrics and traces. Disposing drains it. */
export async function serveGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  await using stack = new AsyncDisposableStack();
  const credentials = await serverCredentials(options, stack);
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
    server.bindAsync(address, credentials, (error, bound) => {
      if (error) reject(cannotListen(address, error));
      else resolve(bound);
    });
  });
  const open = stack.move();
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
      await open.disposeAsync();
    },
  };
}

async function serverCredentials(
  { tls, log }: GrpcServerOptions,
  stack: AsyncDisposableStack,
): Promise<ServerCredentials> {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const credentials = new RenewableCredentials();
  const replace = credentials.replace.bind(credentials);
  stack.use(await followCertificate(tls, log, replace));
  return credentials;
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
