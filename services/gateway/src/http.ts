import cors from '@fastify/cors';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { CachingTokenVerifier } from '@tradewind/shared/auth';
import { TradewindError } from '@tradewind/shared/errors';
import type { Logger } from '@tradewind/shared/telemetry';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { checkAccess } from './http/access.ts';
import { answerClientError } from './http/client-error.ts';
import { closeUnusedConnections } from './http/close.ts';
import { watchDepartures } from './http/departure.ts';
import { acceptJsonOnly } from './http/json-body.ts';
import { watchMethods } from './http/method-not-allowed.ts';
import { observeRequests } from './http/observe.ts';
import { documentRoutes } from './http/openapi.ts';
import { answerFrameworkError, answerNotFound, answerProblem } from './http/problems.ts';
import { buildValidator, validationError } from './http/validation.ts';
import { namedSchemas } from './schemas/index.ts';

const bodyLimit = 1024 * 1024;

export interface HttpOptions {
  readonly corsOrigins: readonly string[];
  readonly verifier: CachingTokenVerifier;
  readonly log: Logger;
  readonly routes: (app: FastifyInstance) => Promise<void>;
  /** Whether it speaks HTTPS; the server is given its certificate before it listens. */
  readonly secure?: boolean;
}

/** The HTTP server with everything but its routes: what is accepted, how errors look, what is measured and documented. */
export async function buildHttp({
  corsOrigins,
  verifier,
  log,
  routes,
  secure = false,
}: HttpOptions): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = log;
  const server = {
    // Node would answer in its own words: see requireHost.
    requireHostHeader: false,
    // What has no body needs no stream; see acceptJsonOnly.
    optimizeEmptyRequests: true,
  };
  const app = Fastify({
    loggerInstance,
    // The trace id is in every line already.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    ...(secure ? { https: server } : { http: server }),
    requestTimeout: 30_000,
    // Longer than load balancers keep idle connections, so that they close them and not we.
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // What is longer is to be refused by the schema, not to be an unknown path.
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true },
    clientErrorHandler: answerClientError,
    frameworkErrors: answerFrameworkError,
    schemaController: { compilersFactory: { buildValidator } },
    schemaErrorFormatter: (errors, part) => validationError(errors, part),
  }).withTypeProvider<TypeBoxTypeProvider>();

  observeRequests(app, log);
  watchDepartures(app);
  closeUnusedConnections(app);
  requireHost(app);
  setCommonHeaders(app);
  acceptJsonOnly(app);
  app.setErrorHandler<Error>(answerProblem);
  app.setNotFoundHandler(answerNotFound);
  await app.register(cors, {
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'traceparent'],
    exposedHeaders: ['etag', 'location', 'retry-after', 'x-request-id'],
    maxAge: 600,
    strictPreflight: false,
  });
  for (const schema of namedSchemas) app.addSchema(schema);
  checkAccess(app, verifier);
  const refuseOtherMethods = watchMethods(app);
  await documentRoutes(app);
  await routes(app);
  refuseOtherMethods();
  await app.ready();
  return app;
}

/** Answers are nobody's to keep unless the route says so, and content is what its type says. */
function setCommonHeaders(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onSend', (_, reply, _payload, next) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
    if (closing) reply.header('connection', 'close');
    next();
  });
}

/** RFC 9112, section 3.2. */
function requireHost(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw }, _, next) => {
    const missing = raw.httpVersion === '1.1' && raw.headers.host === undefined;
    next(missing ? new TradewindError('INVALID_ARGUMENT', 'the Host header is missing') : undefined);
  });
}
