import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';

/** A fastify instance whose routes take their types from their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Adds some routes; their paths are relative to where they are mounted. */
export type Routes = (app: App) => void;

export async function mount(
  app: FastifyInstance,
  prefix: string,
  ...routes: readonly Routes[]
): Promise<void> {
  await app.register(
    (scope, _, done) => {
      for (const add of routes) add(scope.withTypeProvider<TypeBoxTypeProvider>());
      done();
    },
    { prefix },
  );
}

/** Mounts routes once more, at another path that the OpenAPI document leaves out. */
export async function mountAlias(
  app: FastifyInstance,
  prefix: string,
  ...routes: readonly Routes[]
): Promise<void> {
  const hide: Routes = (scope) => {
    scope.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
  };
  await mount(app, prefix, hide, ...routes);
}
