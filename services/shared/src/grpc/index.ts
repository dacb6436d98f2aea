export { type Access, type Caller } from './access.ts';
export { requirePrincipal, type CallContext } from './call-context.ts';
export { grpcClient, type CallOptions, type GrpcClient, type GrpcClientOptions } from './client.ts';
export {
  serveGrpc,
  service,
  type AccessTable,
  type GrpcServer,
  type GrpcServerOptions,
  type Handlers,
  type ServedService,
} from './server.ts';
