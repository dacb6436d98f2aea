export { type Access, type Caller } from './access.ts';
export { requirePrincipal, type ActFor, type CallContext, type Errand } from './call-context.ts';
export { grpcClient, type CallOptions, type GrpcClient, type GrpcClientOptions } from './client.ts';
export { serveGrpc, type GrpcServer, type GrpcServerOptions } from './server.ts';
export { service, type AccessTable, type Handlers, type ServedService } from './service.ts';
